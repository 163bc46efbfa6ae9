#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "central/board.h"
#include "common/base/settings.h"

namespace wayside::central {

struct GbfsSettings : SettingsGroup {
  std::string system_id = "wayside";
  std::string name = "Wayside";
  std::string language = "en";
  std::string timezone = "Etc/UTC";
  std::string feed_contact_email;
  std::string opening_hours = "24/7";
  std::string public_url;
  std::int64_t ttl_s = 30;
  std::int64_t ebike_range_m = 0;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
};

enum class GbfsVersion : std::uint8_t { k23, k30 };

/// The bike stations of the board as GBFS, versions 2.3 and 3.0 (README, "GBFS"). Lives on the main loop.
class GbfsFeeds {
 public:
  GbfsFeeds(const Board& board, const GbfsSettings& settings) : board_(board), settings_(settings) {}

  /// A file of a version, such as `station_status.json`; nothing when the version has none of that name. `base_url` is
  /// what clients call this server: scheme and host.
  std::optional<std::string> file(GbfsVersion version, std::string_view name, const std::string& base_url, UtcTime now) const;
  /// GBFS 3.0 demands an address for those who use the feed: without one that version is not served.
  bool serves(GbfsVersion version) const { return version == GbfsVersion::k23 || !settings_.feed_contact_email.empty(); }

 private:
  class Writer;

  const Board& board_;
  const GbfsSettings& settings_;
};

}  // namespace wayside::central
