#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace wayside::fuzz {

/// A decoder under random input. `run` must not crash, throw or hang; what must hold of its results it checks with WAYSIDE_CHECK.
struct Target {
  std::string name;
  std::vector<std::string> inputs;  ///< good ones, to begin with
  std::vector<std::string> words;   ///< of the format
  std::function<void(std::string_view)> run;
  /// Puts checksums right, so that what lies behind the check is reached as well; may be empty.
  std::function<std::string(std::string)> mend = {};
  std::size_t bytes_max = 4096;
};

const std::vector<Target>& targets();

}  // namespace wayside::fuzz
