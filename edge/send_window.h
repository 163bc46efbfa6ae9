#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/contract/receipt.h"
#include "edge/reading_store.h"

namespace wayside::edge {

struct WindowTimes {
  MonoTime silence_first{30'000};   ///< without a receipt for this long, one probe goes out
  MonoTime silence_max{900'000};    ///< the wait doubles up to this
  MonoTime overtaken_grace{2'000};  ///< a reading published before a receipted one counts as lost after this
};

/// The readings that were published and have no receipt yet, and the rules by which one of them is sent again
/// (DESIGN 5.2): (a) in a new MQTT session, (b) for a hole below a receipt that overtook it, (c) when the broker says
/// that nobody subscribes, (d) on silence one probe, the oldest, whose receipt opens the window.
/// Pure logic: no I/O, time is given. Single-threaded.
class SendWindow {
 public:
  SendWindow(std::size_t size, WindowTimes times, std::uint32_t seed);

  /// How many more readings may be published now. None while the window waits for a probe's receipt.
  std::size_t room() const;
  std::size_t in_flight() const { return flights_.size(); }
  bool contains(const Reading& reading) const { return flights_.contains(Key{reading.epoch, reading.station_id, reading.seq}); }

  /// A reading goes out for the first time in this session; returns the publication's number.
  std::uint64_t sent(StoredReading reading, MonoTime now);
  /// The broker took that publication, but nobody subscribes: the bridge has lost its session.
  void unheard(std::uint64_t publication);
  /// That publication can never go out: takes its reading out of the window.
  StoredReading withdraw(std::uint64_t publication);
  /// A health message goes out; the bridge's answer to it overtakes all readings published before.
  void health_sent();
  /// Takes what the receipt names out of the window and returns it.
  struct Settled {
    std::vector<StoredReading> receipted;
    std::vector<StoredReading> refused;
    std::optional<MonoTime> longest_wait;  ///< of these, since it was sent last
  };
  Settled receipt(const Receipt& receipt, MonoTime now);

  /// A new MQTT session has begun: everything in flight is to be sent again.
  void session_started(MonoTime now);

  /// What must be sent again now, oldest first; each is given a new publication number.
  struct Resend {
    std::uint64_t publication;
    const StoredReading* reading;  ///< valid until the next call
  };
  std::vector<Resend> due(MonoTime now, std::size_t limit);
  /// When due() should be asked next; nothing: not before something happens.
  std::optional<MonoTime> next_due() const;

 private:
  struct Key {
    std::string epoch;
    std::string station_id;
    std::uint64_t seq;
    auto operator<=>(const Key&) const = default;
  };
  struct Flight {
    StoredReading reading;
    std::uint64_t publication = 0;
    MonoTime sent_at{};
    std::optional<MonoTime> lost_at;  ///< overtaken: then it is sent again
    bool behind_probe = false;        ///< overtaken by a probe alone: not lost while receipts come
    bool resend_now = false;
  };

  /// What a receipt's ranges find in the window.
  struct Taken {
    std::uint64_t highest_publication = 0;
    std::optional<MonoTime> sent_first_at;
  };
  void take(const std::string& epoch, const std::string& station, const RangeSet& ranges, std::vector<StoredReading>& out,
            Taken& taken);
  void overtaken(std::uint64_t highest, MonoTime now);
  void heard(MonoTime now);
  MonoTime jittered(MonoTime wait);

  std::size_t size_;
  WindowTimes times_;
  std::minstd_rand random_;
  std::map<Key, Flight> flights_;
  std::map<std::uint64_t, Key> by_publication_;  // of the latest publication of each flight
  std::uint64_t publications_ = 0;
  std::uint64_t health_publication_ = 0;
  std::uint64_t probe_ = 0;  // publication of the last probe in this session
  MonoTime probe_sent_at_{};
  std::size_t unheard_ = 0;  // flights the broker told us nobody heard
  bool waiting_for_probe_ = false;
  MonoTime silence_wait_;
  MonoTime probe_at_{};  // meaningful while something is in flight
};

}  // namespace wayside::edge
