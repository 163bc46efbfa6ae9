#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>
#include <string>
#include <vector>

#include "central/gold_row.h"

namespace wayside::central {

/// One reading that a test has made, as the oracle knows it.
struct MadeReading {
  std::int64_t at = 0;
  std::uint64_t seq = 0;  ///< 0: unnumbered
  Stream stream = Stream::kBikeStatus;
  nlohmann::json values = nlohmann::json::object();
  bool clock_known = true;
};

/// Gold by the plainest means: for each bucket all pairs of all readings are looked at, in doubles, with the words of
/// GoldBuilder as the only guide. Shares no code with it but the names of the columns.
class GoldOracle {
 public:
  GoldOracle(std::vector<MadeReading> readings, Stream stream, std::int64_t limit_ms) : stream_(stream), limit_ms_(limit_ms) {
    for (MadeReading& reading : readings) {
      if (reading.stream == stream && reading.clock_known) readings_.push_back(std::move(reading));
    }
    std::sort(readings_.begin(), readings_.end(),
              [](const MadeReading& a, const MadeReading& b) { return std::pair(a.at, a.seq) < std::pair(b.at, b.seq); });
  }

  /// name → figure of one bucket, group "" unless arrivals; nothing when nothing is known of it.
  using Figures = std::map<std::string, double>;
  std::map<std::string, Figures> bucket(std::int64_t from, std::int64_t to) const {
    Figures figures;
    double readings = 0;
    for (const MadeReading& reading : readings_) readings += reading.at >= from && reading.at < to ? 1 : 0;
    const double alive_ms = alive(from, to);
    if (readings == 0 && alive_ms == 0) return {};
    figures["readings"] = readings;
    figures["minutes_covered"] = alive_ms / 60'000;
    switch (stream_) {
      case Stream::kBikeStatus:
        bikes(from, to, figures);
        if (readings == 0 && !figures.contains("num_bikes_available_mean") && !figures.contains("num_docks_available_mean"))
          return {};
        break;
      case Stream::kWeather: weather(from, to, figures); break;
      case Stream::kTurnstile:
        for (const char* name : {"entries", "exits", "pulses"}) count(name + std::string("_total"), name, from, to, figures);
        break;
      case Stream::kArrival: return arrivals(from, to, figures);
      default: break;
    }
    return {{"", figures}};
  }

 private:
  static constexpr std::int64_t kDay = 86'400'000;
  struct Piece {
    std::int64_t begin, end;
    double value;
  };

  double alive(std::int64_t from, std::int64_t to) const {
    double ms = 0;
    for (std::size_t i = 1; i < readings_.size(); ++i) {
      if (readings_[i].at - readings_[i - 1].at > limit_ms_) continue;
      ms += static_cast<double>(std::max<std::int64_t>(0, std::min(to, readings_[i].at) - std::max(from, readings_[i - 1].at)));
    }
    return ms;
  }

  /// Readings that speak of a value: those that `get` finds something in, and heartbeats, which repeat it.
  template <class Get>
  std::vector<Piece> pieces(Get get, bool parts) const {
    std::vector<Piece> found;
    std::optional<double> value;
    std::int64_t seen = 0;
    std::int64_t held = 0;
    for (const MadeReading& reading : readings_) {
      const std::optional<double> now = reading.values.empty() ? std::nullopt : get(reading.values);
      if (!now && !reading.values.empty() && parts) continue;
      if (value && reading.at - held <= limit_ms_ && reading.at - seen <= kDay) found.push_back({held, reading.at, *value});
      held = reading.at;
      if (reading.values.empty()) continue;
      value = now;
      seen = reading.at;
    }
    return found;
  }

  template <class Get>
  void series(const std::string& name, Get get, bool parts, std::int64_t from, std::int64_t to, Figures& figures,
              std::optional<double>* mean = nullptr) const {
    double weighted = 0;
    double ms = 0;
    double sum = 0;
    double observed = 0;
    std::vector<double> all;
    for (const Piece& piece : pieces(get, parts)) {
      const auto overlap = static_cast<double>(std::min(to, piece.end) - std::max(from, piece.begin));
      if (overlap <= 0) continue;
      weighted += piece.value * overlap;
      ms += overlap;
      all.push_back(piece.value);
    }
    for (const MadeReading& reading : readings_) {
      const auto value = reading.values.empty() ? std::nullopt : std::optional<double>(get(reading.values));
      if (reading.at < from || reading.at >= to || !value) continue;
      sum += *value;
      ++observed;
      all.push_back(*value);
    }
    if (all.empty()) return;
    figures[name + "_mean"] = ms > 0 ? weighted / ms : sum / observed;
    figures[name + "_min"] = *std::min_element(all.begin(), all.end());
    figures[name + "_max"] = *std::max_element(all.begin(), all.end());
    if (mean != nullptr) *mean = figures[name + "_mean"];
  }

  static auto field(const std::string& name) {
    return [name](const nlohmann::json& values) -> std::optional<double> {
      return values.contains(name) ? std::optional(values[name].get<double>()) : std::nullopt;
    };
  }

  void bikes(std::int64_t from, std::int64_t to, Figures& figures) const {
    series("num_bikes_available", field("num_bikes_available"), false, from, to, figures);
    series("num_docks_available", field("num_docks_available"), false, from, to, figures);
    const auto rate = [](const nlohmann::json& values) -> std::optional<double> {
      if (!values.contains("num_bikes_available") || !values.contains("num_docks_available")) return std::nullopt;
      const double bikes = values["num_bikes_available"];
      const double all = bikes + values["num_docks_available"].get<double>() + values.value("num_bikes_disabled", 0.0);
      return all > 0 ? std::optional(bikes / all) : std::nullopt;
    };
    series("availability_rate", rate, false, from, to, figures);
    if (figures.contains("availability_rate_mean")) figures["utilization_rate_mean"] = 1 - figures["availability_rate_mean"];
    double covered = 0;
    for (const auto& [name, minutes] :
         {std::pair{"num_bikes_available", "minutes_empty"}, std::pair{"num_docks_available", "minutes_full"}}) {
      double ms = 0;
      covered = std::string(name) == "num_bikes_available" ? 0 : covered;
      for (const Piece& piece : pieces(field(name), false)) {
        const auto overlap =
            static_cast<double>(std::max<std::int64_t>(0, std::min(to, piece.end) - std::max(from, piece.begin)));
        if (piece.value == 0) ms += overlap;
        if (std::string(name) == "num_bikes_available") covered += overlap;
      }
      figures[minutes] = ms / 60'000;
    }
    figures["minutes_covered"] = covered / 60'000;
    figures["bikes_taken_min"] = figures["bikes_returned_min"] = 0;
    for (std::size_t i = 1; i < readings_.size(); ++i) {
      const MadeReading& now = readings_[i];
      if (now.at < from || now.at >= to || !now.values.contains("num_bikes_available")) continue;
      // Back over heartbeats to the value before, each step within the limit.
      std::size_t before = i;
      bool unbroken = true;
      do {
        unbroken = unbroken && readings_[before].at - readings_[before - 1].at <= limit_ms_;
        --before;
      } while (before > 0 && readings_[before].values.empty());
      const MadeReading& then = readings_[before];
      if (!unbroken || !then.values.contains("num_bikes_available") || now.at - then.at > kDay) continue;
      const double moved = now.values["num_bikes_available"].get<double>() - then.values["num_bikes_available"].get<double>();
      figures[moved < 0 ? "bikes_taken_min" : "bikes_returned_min"] += std::abs(moved);
    }
  }

  void weather(std::int64_t from, std::int64_t to, Figures& figures) const {
    for (const char* name : {"air_temperature_C", "relative_humidity_pct", "wind_speed_m_s", "wind_speed_of_gust_m_s"}) {
      series(name, field(name), true, from, to, figures);
    }
    std::array<std::optional<double>, 2> means;
    for (const int part : {0, 1}) {
      const auto component = [part](const nlohmann::json& values) -> std::optional<double> {
        if (!values.contains("wind_speed_m_s") || !values.contains("wind_from_direction_deg")) return std::nullopt;
        const double angle = values["wind_from_direction_deg"].get<double>() * std::numbers::pi / 180;
        return values["wind_speed_m_s"].get<double>() * (part == 0 ? std::sin(angle) : std::cos(angle));
      };
      Figures scratch;
      series("part", component, true, from, to, scratch, &means[static_cast<std::size_t>(part)]);
    }
    if (means[0] && means[1]) figures["wind_vector_speed_m_s_mean"] = std::hypot(*means[0], *means[1]);
    count("precipitation_total_mm", "precipitation_mm", from, to, figures);
  }

  /// The later reading of each two that speak of a counter under one id.
  void count(const std::string& field_name, const std::string& name, std::int64_t from, std::int64_t to,
             Figures& figures) const {
    const MadeReading* then = nullptr;
    for (const MadeReading& now : readings_) {
      if (!now.values.contains(field_name)) continue;
      if (then != nullptr && now.at >= from && now.at < to && now.at - then->at <= kDay &&
          now.values.value("counter_id", "") == then->values.value("counter_id", "") &&
          now.values[field_name].get<double>() >= then->values[field_name].get<double>()) {
        figures.try_emplace(name, 0);
        figures[name] += now.values[field_name].get<double>() - then->values[field_name].get<double>();
      }
      then = &now;
    }
  }

  std::map<std::string, Figures> arrivals(std::int64_t from, std::int64_t to, const Figures& all) const {
    std::map<std::string, Figures> groups;
    for (std::size_t i = 0; i < readings_.size(); ++i) {
      const MadeReading& now = readings_[i];
      if (now.at < from || now.at >= to || now.values.empty()) continue;
      const std::string group = gold_group(now.values.value("route_id", ""), now.values.value("direction_id", ""));
      const std::string status = now.values.value("vehicle_status", "in_service");
      Figures& figures = groups[group];
      figures["minutes_covered"] = all.at("minutes_covered");
      ++figures["arrivals"];
      figures["arrivals_out_of_service"] += status == "out_of_service" ? 1 : 0;
      figures["arrivals_broken_down"] += status == "broken_down" ? 1 : 0;
      figures["headways"] += 0;
      if (status != "in_service") continue;
      for (std::size_t before = i; before > 0 && readings_[before].at - readings_[before - 1].at <= limit_ms_; --before) {
        const MadeReading& then = readings_[before - 1];
        if (then.values.empty() || then.values.value("vehicle_status", "in_service") != "in_service" ||
            gold_group(then.values.value("route_id", ""), then.values.value("direction_id", "")) != group) {
          continue;
        }
        if (now.at - then.at > kDay) break;
        const auto headway = static_cast<double>(now.at - then.at) / 1000;
        ++figures["headways"];
        figures["headway_max_s"] = std::max(figures["headway_max_s"], headway);
        figures["headway_mean_s"] += (headway - figures["headway_mean_s"]) / figures["headways"];
        break;
      }
    }
    if (groups.empty()) {
      groups[""] = {{"arrivals", 0}, {"arrivals_out_of_service", 0}, {"arrivals_broken_down", 0}, {"headways", 0}};
      groups[""]["minutes_covered"] = all.at("minutes_covered");
    }
    return groups;
  }

  std::vector<MadeReading> readings_;
  Stream stream_;
  std::int64_t limit_ms_;
};

}  // namespace wayside::central
