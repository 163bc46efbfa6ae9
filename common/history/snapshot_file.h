#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "common/base/time.h"

namespace wayside {

/// One row of a recorded GBFS station_status of any version; valid within the call that hands it out.
struct SnapshotStation {
  std::string_view id;  ///< empty: the row has none
  std::optional<UtcTime> last_reported;
  std::vector<std::pair<std::string_view, std::string>> fields;  ///< all of the row: name, and value as JSON text

  /// Empty when it is not there.
  std::string_view field(std::string_view name) const;
};

/// Reads such files. Reuses its buffers. Not thread-safe.
class SnapshotReader {
 public:
  SnapshotReader();
  ~SnapshotReader();
  SnapshotReader(const SnapshotReader&) = delete;
  SnapshotReader& operator=(const SnapshotReader&) = delete;

  /// A row, and the file's last_updated.
  using Take = std::function<Status(const SnapshotStation&, UtcTime updated)>;
  /// Hands out the rows in their order. False: the file cannot be read as station_status. An error of `take` ends it.
  Result<bool> read(const std::string& path, const Take& take);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wayside
