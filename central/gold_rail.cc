#include "central/gold_rail.h"

#include <array>
#include <map>

#include "central/field_picker.h"
#include "central/gold_buckets.h"

namespace wayside::central {
namespace {

constexpr std::array<std::string_view, 4> kArrivalFields{"vehicle_id", "route_id", "direction_id", "vehicle_status"};
constexpr std::array<std::string_view, 3> kCounters{"entries_total", "exits_total", "pulses_total"};
constexpr std::array<std::string_view, 4> kTurnstileFields{kCounters[0], kCounters[1], kCounters[2], "counter_id"};

/// A JSON text's characters. Names of lines are plain; an escape is shown as written.
std::string_view unquoted(std::string_view json) {
  return json.size() >= 2 && json.front() == '"' ? json.substr(1, json.size() - 2) : std::string_view();
}

struct LineCell {
  double arrivals = 0;
  double out_of_service = 0;
  double broken_down = 0;
  Series headway_s;
};

struct ArrivalCell {
  std::map<std::string, LineCell> lines;  ///< by gold_group
  std::int64_t alive_ms = 0;
  std::int64_t readings = 0;
};

class ArrivalGold : public GoldBuilder {
 public:
  ArrivalGold(Resolution resolution, std::int64_t from, std::int64_t to) : buckets_(resolution, from, to) {}

  void add(const Observation& observation) override {
    ArrivalCell* cell = buckets_.at(observation.at);
    if (cell != nullptr) ++cell->readings;
    const bool went_on = alive_.advance(observation, [this](std::int64_t begin, std::int64_t end) {
      buckets_.overlap(begin, end, [](ArrivalCell& bucket, std::int64_t ms) { bucket.alive_ms += ms; });
    });
    // A train may have passed while the sensor was silent: the time between those before and behind is no headway.
    if (!went_on) last_in_service_.clear();
    if (observation.heartbeat || observation.values[0].empty()) return;
    const std::string group = gold_group(unquoted(observation.values[1]), unquoted(observation.values[2]));
    const std::string_view status = unquoted(observation.values[3]);
    if (cell != nullptr) {
      LineCell& line = cell->lines[group];
      ++line.arrivals;
      if (status == "out_of_service") ++line.out_of_service;
      if (status == "broken_down") ++line.broken_down;
    }
    if (status == "out_of_service" || status == "broken_down") return;
    const auto [last, first] = last_in_service_.try_emplace(group, observation.at);
    const std::int64_t headway_ms = observation.at - last->second;
    if (!first && headway_ms <= kCarryMaxMs && cell != nullptr) {
      cell->lines[group].headway_s.observe(static_cast<double>(headway_ms) / 1000);
    }
    last->second = observation.at;
  }

  std::vector<GoldRow> finish() override {
    std::vector<GoldRow> rows;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      const ArrivalCell& cell = buckets_[i];
      if (cell.readings == 0 && cell.alive_ms == 0) continue;
      for (const auto& [group, line] : cell.lines) rows.push_back(row_of(buckets_.start(i), group, line, cell.alive_ms));
      // Alive, and nothing came.
      if (cell.lines.empty()) rows.push_back(row_of(buckets_.start(i), {}, {}, cell.alive_ms));
    }
    return rows;
  }

 private:
  static GoldRow row_of(std::int64_t start, const std::string& group, const LineCell& line, std::int64_t alive_ms) {
    const std::array<std::optional<double>, 7> figures{
        line.arrivals,         line.out_of_service,  line.broken_down,    static_cast<double>(line.headway_s.observed),
        line.headway_s.mean(), line.headway_s.max(), minutes_of(alive_ms)};
    GoldRow row;
    row.start = start;
    row.group = group;
    const auto columns = gold_columns(Stream::kArrival);
    for (std::size_t at = 0; at < figures.size(); ++at) row.cells.push_back(to_cell(figures[at], columns[at].decimals));
    return row;
  }

  Buckets<ArrivalCell> buckets_;
  Alive alive_;
  std::map<std::string, std::int64_t> last_in_service_;
};

struct TurnstileCell {
  std::array<std::optional<double>, kCounters.size()> counts;
  std::int64_t alive_ms = 0;
  std::int64_t readings = 0;
};

class TurnstileGold : public GoldBuilder {
 public:
  TurnstileGold(Resolution resolution, std::int64_t from, std::int64_t to) : buckets_(resolution, from, to) {}

  void add(const Observation& observation) override {
    TurnstileCell* cell = buckets_.at(observation.at);
    if (cell != nullptr) ++cell->readings;
    alive_.advance(observation, [this](std::int64_t begin, std::int64_t end) {
      buckets_.overlap(begin, end, [](TurnstileCell& bucket, std::int64_t ms) { bucket.alive_ms += ms; });
    });
    if (observation.heartbeat) return;
    for (std::size_t i = 0; i < kCounters.size(); ++i) {
      const auto total = number_of(observation.values[i]);
      const auto more = total ? counters_[i].advance(observation.at, *total, observation.values[3]) : std::nullopt;
      if (more && cell != nullptr) cell->counts[i] = cell->counts[i].value_or(0) + *more;
    }
  }

  std::vector<GoldRow> finish() override {
    std::vector<GoldRow> rows;
    const auto columns = gold_columns(Stream::kTurnstile);
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      const TurnstileCell& cell = buckets_[i];
      if (cell.readings == 0 && cell.alive_ms == 0) continue;
      GoldRow row;
      row.start = buckets_.start(i);
      const std::array<std::optional<double>, 5> figures{cell.counts[0], cell.counts[1], cell.counts[2],
                                                         minutes_of(cell.alive_ms), static_cast<double>(cell.readings)};
      for (std::size_t at = 0; at < figures.size(); ++at) row.cells.push_back(to_cell(figures[at], columns[at].decimals));
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  Buckets<TurnstileCell> buckets_;
  std::array<Counter, kCounters.size()> counters_;
  Alive alive_;
};

}  // namespace

std::span<const std::string_view> arrival_fields() { return kArrivalFields; }
std::span<const std::string_view> turnstile_fields() { return kTurnstileFields; }

std::unique_ptr<GoldBuilder> make_arrival_gold(Resolution resolution, std::int64_t from, std::int64_t to) {
  return std::make_unique<ArrivalGold>(resolution, from, to);
}

std::unique_ptr<GoldBuilder> make_turnstile_gold(Resolution resolution, std::int64_t from, std::int64_t to) {
  return std::make_unique<TurnstileGold>(resolution, from, to);
}

}  // namespace wayside::central
