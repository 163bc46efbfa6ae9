#include "common/base/mutant.h"

#if WAYSIDE_MUTANTS
#include <cstdlib>

namespace wayside {

bool mutant(std::string_view name) {
  static const char* const kChosen = std::getenv("WAYSIDE_MUTANT");
  return kChosen != nullptr && name == kChosen;
}

}  // namespace wayside
#endif
