#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/contract/reading.h"
#include "edge/reading_store.h"
#include "edge/time_keeper.h"

namespace wayside::edge {

/// Bytes an hour that come in: of this hour once it has lasted some minutes, before that of the last one.
class FillRate {
 public:
  using Time = std::chrono::steady_clock::time_point;
  void note(std::uint64_t bytes, Time now);
  /// Nothing while nothing is known.
  std::optional<double> per_hour(Time now) const;

 private:
  using Hours = std::chrono::duration<double, std::ratio<3600>>;
  static constexpr auto kSettling = std::chrono::minutes(5);
  std::optional<Time> since_;
  std::uint64_t bytes_ = 0;
  std::optional<double> last_hour_;
};

/// Where all sources hand in what they read: checks it against the contract, stamps it, and commits what has come
/// within `commit_delay_ms` as one group. On the agent's loop.
class Intake {
 public:
  using Done = std::function<void(const Status&)>;
  static constexpr std::size_t kGroupMax = 5000;  ///< a group this large is committed at once

  Intake(boost::asio::io_context& loop, ReadingStore& store, TimeKeeper& time, std::int64_t commit_delay_ms,
         std::function<void()> taken);

  /// `refused` is called for each observation that the contract does not take; `done` after the commit.
  void accept(const std::string& source, std::vector<Observation> observations, std::vector<Memory> memories,
              const std::function<void(const Observation&, const Refusal&)>& refused, Done done);
  /// Commits what waits now.
  void flush();

  std::uint64_t accepted_total() const { return accepted_total_; }
  /// Hours until the outbox is full at the rate at which readings come in, if none leaves; nothing when none comes in or
  /// the rate is not known yet.
  std::optional<double> hours_until(std::uint64_t bytes_max, std::uint64_t bytes_now) const;
  const TimeKeeper& time() const { return time_; }

 private:
  void commit();

  ReadingStore& store_;
  TimeKeeper& time_;
  std::chrono::milliseconds commit_delay_;
  std::function<void()> taken_;
  boost::asio::steady_timer timer_;
  bool armed_ = false;
  ReadingParser parser_{false};
  std::vector<ParsedReading> parsed_;
  std::vector<NewReading> readings_;
  std::vector<SourceMemory> memories_;
  std::vector<Done> done_;
  std::uint64_t accepted_total_ = 0;
  std::uint64_t group_bytes_ = 0;
  FillRate rate_;
};

}  // namespace wayside::edge
