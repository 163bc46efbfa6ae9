#pragma once

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>

#include "common/base/result.h"

namespace wayside {

/// A setting that names a file, and the file.
struct FileSetting {
  const char* name;
  const std::string& path;
};

/// An error names the first setting whose file cannot be read by this user; an empty path is not set.
inline Status check_readable(std::initializer_list<FileSetting> settings) {
  for (const FileSetting& setting : settings) {
    if (setting.path.empty()) continue;
    std::error_code ignored;
    if (std::filesystem::is_directory(setting.path, ignored) || !std::ifstream(setting.path)) {
      return Error{std::string(setting.name) + ": cannot be read (got " + setting.path + ")",
                   "the path of a PEM file that this user may read"};
    }
  }
  return {};
}

}  // namespace wayside
