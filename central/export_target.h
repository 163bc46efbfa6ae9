#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/base/result.h"

namespace wayside::central {

/// Where an export goes. A file is there whole or not at all: it gets its name when it is complete, in place of an older one.
/// Paths are relative, with slashes. One file at a time.
class ExportTarget {
 public:
  virtual ~ExportTarget() = default;
  /// The first bytes of a complete file; nothing when there is none.
  virtual Result<std::optional<std::string>> beginning(const std::string& path, std::size_t bytes) = 0;
  /// Opens a new file for writing; what an earlier one has left incomplete goes.
  virtual Result<int> create(const std::string& path) = 0;
  /// The file of `create` is complete.
  virtual Status complete() = 0;
};

/// `to`: a folder, made when it is not there, or s3://bucket/prefix.
Result<std::unique_ptr<ExportTarget>> open_export_target(const std::string& to);

}  // namespace wayside::central
