#include "common/base/result.h"

#include <cstdio>
#include <cstdlib>

namespace wayside {

void fail_check(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "bug: check failed: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace wayside
