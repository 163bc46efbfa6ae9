#pragma once

#include <zstd.h>

#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "central/bronze_format.h"
#include "common/base/result.h"

namespace wayside::central {

/// The bronze files of a folder, oldest first. A folder that is not there has none.
Result<std::vector<std::string>> bronze_files(const std::string& folder);

/// Goes through one file, block by block.
class BronzeReader {
 public:
  static Result<std::unique_ptr<BronzeReader>> open(const std::string& path);

  /// One block that is all there, by its header.
  struct Place {
    std::int64_t at = 0;  ///< in the file
    BronzeBlock block;
  };
  /// The blocks up to the first that is not all there; reads headers only.
  const std::vector<Place>& places() const { return places_; }
  /// Where the last of them ends; less than the file's size: what follows is torn.
  std::int64_t end() const { return end_; }
  /// Unpacks a block. Blocks of a frame must be taken in turn from its first one. Nothing: its bytes are damaged.
  Result<std::optional<std::string>> unpack(const Place& place);

 private:
  struct FreeStream {
    void operator()(ZSTD_DCtx* stream) const { ZSTD_freeDCtx(stream); }
  };
  explicit BronzeReader(std::ifstream file) : file_(std::move(file)), stream_(ZSTD_createDCtx()) {}
  void find_places(std::int64_t size);

  std::ifstream file_;
  std::unique_ptr<ZSTD_DCtx, FreeStream> stream_;
  std::vector<Place> places_;
  std::int64_t end_ = 0;
};

/// Which records of bronze are wanted.
struct BronzeQuery {
  std::int64_t since_ms = 0;
  std::int64_t until_ms = std::int64_t{1} << 60;  ///< not included
  std::string topic;                              ///< empty: all
};
/// Calls `take(record, cluster)` for each record, in the order in which they were kept. Damaged blocks are passed over
/// with the rest of their frame; returns how many.
Result<std::uint64_t> read_bronze(const std::string& folder, const BronzeQuery& query,
                                  const std::function<void(const BronzeRecord&, const std::string& cluster)>& take);

}  // namespace wayside::central
