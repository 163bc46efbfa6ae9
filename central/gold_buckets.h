#pragma once

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "central/gold_builder.h"

namespace wayside::central {

/// Something for each bucket of a span of time.
template <class T>
class Buckets {
 public:
  Buckets(Resolution resolution, std::int64_t from, std::int64_t to)
      : width_(width_ms(resolution)), from_(from), cells_(static_cast<std::size_t>((to - from) / width_)) {}

  /// Null outside the span.
  T* at(std::int64_t time) {
    if (time < from_ || time >= start(cells_.size())) return nullptr;
    return &cells_[index(time)];
  }
  /// Calls `part(bucket, ms)` for each bucket that the time from `begin` to `end` meets.
  template <class Part>
  void overlap(std::int64_t begin, std::int64_t end, Part part) {
    begin = std::max(begin, from_);
    end = std::min(end, start(cells_.size()));
    while (begin < end) {
      const std::size_t i = index(begin);
      const std::int64_t until = std::min(end, start(i + 1));
      part(cells_[i], until - begin);
      begin = until;
    }
  }
  std::size_t size() const { return cells_.size(); }
  std::int64_t start(std::size_t i) const { return from_ + static_cast<std::int64_t>(i) * width_; }
  T& operator[](std::size_t i) { return cells_[i]; }

 private:
  std::size_t index(std::int64_t time) const { return static_cast<std::size_t>((time - from_) / width_); }

  std::int64_t width_;
  std::int64_t from_;
  std::vector<T> cells_;
};

/// The figures of one value in one bucket.
struct Series {
  double weighted = 0;
  std::int64_t covered_ms = 0;
  double sum = 0;
  std::int64_t observed = 0;
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();

  void hold(double value, std::int64_t ms) {
    weighted += value * static_cast<double>(ms);
    covered_ms += ms;
    reach(value);
  }
  void observe(double value) {
    sum += value;
    ++observed;
    reach(value);
  }
  std::optional<double> mean() const {
    if (covered_ms > 0) return weighted / static_cast<double>(covered_ms);
    return observed > 0 ? std::optional(sum / static_cast<double>(observed)) : std::nullopt;
  }
  std::optional<double> min() const { return least <= most ? std::optional(least) : std::nullopt; }
  std::optional<double> max() const { return least <= most ? std::optional(most) : std::nullopt; }

 private:
  void reach(double value) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
};

/// A value that holds until the next one (GoldBuilder says how long).
template <class T>
class Held {
 public:
  /// Time goes on to `at`. Calls `hold(value, begin, end)` for the time it has held since the last call, unless there was no
  /// value, or a gap.
  template <class Hold>
  bool reach(std::int64_t at, Hold hold) {
    if (!value_ || at - seen_at_ > kCarryMaxMs || at - held_at_ > limit_) {
      unbroken_ = false;
      return false;
    }
    if (at > held_at_) hold(*value_, held_at_, at);
    return true;
  }
  /// What was read at `at`; nothing: from now on it is not known.
  void set(std::optional<T> value, const Observation& observation) {
    value_ = std::move(value);
    seen_at_ = observation.at;
    unbroken_ = true;
    renew(observation);
  }
  /// A heartbeat: it still holds.
  void renew(const Observation& observation) {
    held_at_ = observation.at;
    limit_ = observation.gap_limit_ms;
  }
  const std::optional<T>& value() const { return value_; }
  /// No gap since it was read.
  bool unbroken() const { return unbroken_; }

 private:
  std::optional<T> value_;
  bool unbroken_ = false;
  std::int64_t seen_at_ = 0;
  std::int64_t held_at_ = 0;
  std::int64_t limit_ = 0;
};

/// A cumulative counter (FORMAT.md): only differences within one counter_id mean something. The first word of a new
/// counter_id is where it begins to count here, so nothing is invented at a reset, roll-over or change of the device.
class Counter {
 public:
  /// The difference to the word before; nothing for the first one of a counter_id, one that goes back, and over a day.
  std::optional<double> advance(std::int64_t at, double total, std::string_view id) {
    const bool goes_on = total_ && id_ == id && at - at_ <= kCarryMaxMs && total >= *total_;
    const double before = total_.value_or(0);
    total_ = total;
    at_ = at;
    if (id_ != id) id_ = id;
    return goes_on ? std::optional(total - before) : std::nullopt;
  }

 private:
  std::optional<double> total_;
  std::int64_t at_ = 0;
  std::string id_;
};

/// For how long a station was heard of.
class Alive {
 public:
  template <class Hold>
  bool advance(const Observation& observation, Hold hold) {
    const bool went_on = held_.reach(observation.at, [&](bool, std::int64_t begin, std::int64_t end) { hold(begin, end); });
    held_.set(true, observation);
    return went_on;
  }

 private:
  Held<bool> held_;
};

inline std::optional<double> minutes_of(std::int64_t ms) { return static_cast<double>(ms) / 60'000.0; }

}  // namespace wayside::central
