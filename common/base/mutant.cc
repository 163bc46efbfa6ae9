#include "common/base/mutant.h"

#if WAYSIDE_MUTANTS
#include <cstdlib>

namespace wayside {

bool mutant(std::string_view name) {
  static const char* const chosen = std::getenv("WAYSIDE_MUTANT");
  return chosen != nullptr && name == chosen;
}

}  // namespace wayside
#endif
