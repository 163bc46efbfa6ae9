#include "central/gold_bikes.h"

#include <array>
#include <cmath>

#include "central/field_picker.h"
#include "central/gold_buckets.h"

namespace wayside::central {
namespace {

constexpr std::array<std::string_view, 4> kFields{"num_bikes_available", "num_docks_available", "num_bikes_disabled",
                                                  "num_docks_disabled"};

struct BikeState {
  std::optional<double> bikes;
  std::optional<double> docks;
  std::optional<double> rate;  ///< bikes / all docks
};

struct BikeCell {
  Series bikes;
  Series docks;
  Series rate;
  std::int64_t empty_ms = 0;
  std::int64_t full_ms = 0;
  double taken = 0;
  double returned = 0;
  std::int64_t readings = 0;
};

class BikeGold : public GoldBuilder {
 public:
  BikeGold(Resolution resolution, std::int64_t from, std::int64_t to) : buckets_(resolution, from, to) {}

  void add(const Observation& observation) override {
    BikeCell* cell = buckets_.at(observation.at);
    if (cell != nullptr) ++cell->readings;
    state_.reach(observation.at, [this](const BikeState& state, std::int64_t begin, std::int64_t end) {
      buckets_.overlap(begin, end, [&](BikeCell& bucket, std::int64_t ms) { hold(bucket, state, ms); });
    });
    if (observation.heartbeat) return state_.renew(observation);
    const BikeState now = read(observation.values);
    if (cell != nullptr) {
      if (now.bikes) cell->bikes.observe(*now.bikes);
      if (now.docks) cell->docks.observe(*now.docks);
      if (now.rate) cell->rate.observe(*now.rate);
      if (state_.unbroken() && state_.value() && state_.value()->bikes && now.bikes)
        move(*cell, *now.bikes - *state_.value()->bikes);
    }
    state_.set(now, observation);
  }

  std::vector<GoldRow> finish() override {
    std::vector<GoldRow> rows;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      const BikeCell& cell = buckets_[i];
      if (cell.readings == 0 && cell.bikes.covered_ms == 0 && cell.docks.covered_ms == 0) continue;
      GoldRow row;
      row.start = buckets_.start(i);
      const auto rate = cell.rate.mean();
      const std::array<std::optional<double>, 14> figures{cell.bikes.mean(),
                                                          cell.bikes.min(),
                                                          cell.bikes.max(),
                                                          cell.docks.mean(),
                                                          cell.docks.min(),
                                                          cell.docks.max(),
                                                          minutes_of(cell.empty_ms),
                                                          minutes_of(cell.full_ms),
                                                          cell.taken,
                                                          cell.returned,
                                                          rate,
                                                          rate ? std::optional(1 - *rate) : std::nullopt,
                                                          minutes_of(cell.bikes.covered_ms),
                                                          static_cast<double>(cell.readings)};
      const auto columns = gold_columns(Stream::kBikeStatus);
      for (std::size_t at = 0; at < figures.size(); ++at) row.cells.push_back(to_cell(figures[at], columns[at].decimals));
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  static BikeState read(std::span<const std::string_view> values) {
    BikeState state{number_of(values[0]), number_of(values[1]), std::nullopt};
    if (!state.bikes || !state.docks) return state;
    const double all = *state.bikes + *state.docks + number_of(values[2]).value_or(0) + number_of(values[3]).value_or(0);
    if (all > 0) state.rate = *state.bikes / all;
    return state;
  }

  static void hold(BikeCell& cell, const BikeState& state, std::int64_t ms) {
    if (state.bikes) {
      cell.bikes.hold(*state.bikes, ms);
      if (*state.bikes == 0) cell.empty_ms += ms;
    }
    if (state.docks) {
      cell.docks.hold(*state.docks, ms);
      if (*state.docks == 0) cell.full_ms += ms;
    }
    if (state.rate) cell.rate.hold(*state.rate, ms);
  }

  static void move(BikeCell& cell, double difference) { (difference < 0 ? cell.taken : cell.returned) += std::abs(difference); }

  Buckets<BikeCell> buckets_;
  Held<BikeState> state_;
};

}  // namespace

std::span<const std::string_view> bike_fields() { return kFields; }

std::unique_ptr<GoldBuilder> make_bike_gold(Resolution resolution, std::int64_t from, std::int64_t to) {
  return std::make_unique<BikeGold>(resolution, from, to);
}

}  // namespace wayside::central
