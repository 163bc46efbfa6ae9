#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/http/server.h"

namespace wayside::central {

/// An operator's base map: one .pmtiles file, of which browsers ask for pieces (RFC 9110 ranges). Any thread.
class MapTiles {
 public:
  /// An empty path is no file. The file stays open: one that is moved into its place is taken at the next start.
  static Result<std::shared_ptr<const MapTiles>> open(const std::string& path);
  ~MapTiles();
  MapTiles(const MapTiles&) = delete;
  MapTiles& operator=(const MapTiles&) = delete;

  /// 206 with the piece that `range` names, 304, or 416; without a range, and above 16 MB, what to ask instead. Reads from the disk.
  HttpResponse piece(std::string_view range, std::string_view if_none_match) const;

 private:
  MapTiles(int file, std::uint64_t bytes, std::string etag) : file_(file), bytes_(bytes), etag_(std::move(etag)) {}

  int file_;
  std::uint64_t bytes_;
  std::string etag_;
};

}  // namespace wayside::central
