#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "common/base/result.h"
#include "common/base/time.h"
#include "firmware-sim/gbfs_feed.h"

namespace wayside::sim {

struct GbfsFolderOptions {
  std::string folder;
  bool shift_to_now = false;  ///< the newest station has reported just now; others keep their distance from it
  int ttl_s = -1;             ///< below 0: as in the files
};

/// A folder of GBFS files as published, served unchanged. `station_status.v2.3.json` is the file station_status. A
/// status file that is a bare list of rows becomes a document of their GBFS status fields. The folder's own gbfs.json is
/// left out, because its addresses lead elsewhere.
class GbfsFolder final : public GbfsFeed {
 public:
  static Result<std::shared_ptr<GbfsFolder>> open(const GbfsFolderOptions& options, UtcTime now);

  std::string version() const override { return version_; }
  int ttl_s() const override { return ttl_s_; }
  std::int64_t last_updated_s() const override { return last_updated_s_; }
  std::vector<std::string> names() const override;
  std::shared_ptr<const GbfsDocument> document(std::string_view name, std::string_view held_etag) override;
  std::string status() const override;

 private:
  GbfsFolder() = default;

  std::map<std::string, std::shared_ptr<const GbfsDocument>, std::less<>> documents_;
  std::string version_;
  int ttl_s_ = 60;
  std::int64_t last_updated_s_ = 0;
  std::int64_t shift_s_ = 0;
};

/// {"last_updated","ttl","version","data":{"stations"}} from a list of rows, each cut to the fields of station_status.
nlohmann::ordered_json status_from_rows(const nlohmann::ordered_json& rows);

}  // namespace wayside::sim
