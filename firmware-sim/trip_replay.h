#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/history/trip_file.h"
#include "firmware-sim/gbfs_documents.h"
#include "firmware-sim/gbfs_feed.h"

namespace wayside::sim {

struct TripReplayOptions {
  double speed = 60;  ///< seconds of the file in one second
  int ttl_s = 1;
  double heartbeat_s = 240;  ///< a dock speaks this often without any change
};

/// A GBFS feed whose docks are moved by recorded rides: each leaves one dock and arrives at another. A dock begins with the
/// fewest bikes that are never below zero, arrivals of a moment before its departures; a ride without an end takes its bike
/// away for good. Used from one thread.
class TripReplay final : public GbfsFeed {
 public:
  /// The first ride starts at `start`.
  TripReplay(TripHistory history, const TripReplayOptions& options, UtcTime start);

  /// Lets everything happen that is due by `now`.
  void advance(UtcTime now);
  bool finished() const { return next_ == moves_.size(); }
  /// How long until the next move; negative when there is none.
  std::int64_t next_due_ms(UtcTime now) const;

  std::string version() const override { return "2.3"; }
  int ttl_s() const override { return options_.ttl_s; }
  std::int64_t last_updated_s() const override { return last_changed_.seconds(); }
  std::vector<std::string> names() const override { return {"system_information", "station_information", "station_status"}; }
  std::shared_ptr<const GbfsDocument> document(std::string_view name, std::string_view held_etag) override;
  /// Rides so far, and what was left out, as JSON.
  std::string status() const override;

 private:
  struct Move {
    std::int64_t at_ms = 0;  ///< since the first ride's start
    std::size_t station = 0;
    bool arrives = false;
  };
  void plan_moves();
  void fill_docks(UtcTime start);
  std::int64_t due_ms(const Move& move) const;
  GbfsHead head() const;

  TripHistory history_;
  TripReplayOptions options_;
  UtcTime start_;
  std::vector<Move> moves_;
  std::size_t next_ = 0;
  std::uint64_t departed_ = 0;
  std::uint64_t arrived_ = 0;
  std::vector<BikeStation> docks_;
  UtcTime last_changed_;
  std::uint64_t revision_ = 0;
  std::uint64_t served_revision_ = 0;
  std::shared_ptr<const GbfsDocument> information_;
  std::shared_ptr<const GbfsDocument> system_;
  std::shared_ptr<const GbfsDocument> status_;
};

}  // namespace wayside::sim
