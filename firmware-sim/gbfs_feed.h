#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace wayside::sim {

/// One file of a feed as it stands now.
struct GbfsDocument {
  std::string body;
  std::string etag;  ///< with its quotes: `"7-1"`
};

/// Seam of the GBFS server: what it serves. Implementations: generated city, recorded snapshots, folder of files.
/// Used from one thread.
class GbfsFeed {
 public:
  virtual ~GbfsFeed() = default;

  /// "2.3"; empty for recordings of 1.0, which carry no version.
  virtual std::string version() const = 0;
  virtual int ttl_s() const = 0;
  /// POSIX seconds for the server's own gbfs.json.
  virtual std::int64_t last_updated_s() const = 0;
  /// The files beside gbfs.json, without ".json".
  virtual std::vector<std::string> names() const = 0;
  /// The file for a client that says it holds `held_etag` (empty: nothing); null when there is no such file.
  /// A replay steps on here, when that tag proves that the client has taken the current snapshot.
  virtual std::shared_ptr<const GbfsDocument> document(std::string_view name, std::string_view held_etag) = 0;
  /// JSON object for /sim/status.
  virtual std::string status() const = 0;
};

}  // namespace wayside::sim
