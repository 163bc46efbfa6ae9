#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"

namespace wayside {

/// The recorded snapshots of one feed in the order of their names: `station_status*.json` of a folder, or of an archive
/// (`.tar`, `.tar.gz`, `.tar.xz`), which is unpacked by `tar` into a temporary folder that goes with this object.
class RecordedFiles {
 public:
  static Result<RecordedFiles> open(const std::string& path);
  RecordedFiles(RecordedFiles&& other) noexcept;
  RecordedFiles& operator=(RecordedFiles&&) = delete;
  ~RecordedFiles();

  const std::vector<std::string>& paths() const { return paths_; }

 private:
  RecordedFiles() = default;
  std::vector<std::string> paths_;
  std::string temporary_;  ///< removed at the end; empty: nothing to remove
};

}  // namespace wayside
