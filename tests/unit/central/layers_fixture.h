#pragma once

#include "central/gold_query.h"
#include "tests/unit/central/fold_fixture.h"
#include "tests/unit/central/gold_oracle.h"
#include "tests/unit/seeded.h"

namespace wayside::central {

inline constexpr std::int64_t kTodayMs = kNoonMs - kNoonMs % kDayMs;
inline constexpr std::int64_t kGapMs = 300'000;  ///< of the station's interval of 60 s

/// A station whose readings are made at random, and gold by the oracle to hold against what queries say.
class LayersTest : public FoldTest {
 protected:
  void SetUp() override {
    FoldTest::SetUp();
    record(kTopicStationInformation, "72",
           R"({"station_id":"72","kind":"bike","name":"N","lat":1,"lon":2,"streams":{"bike_status":{"report_interval_s":60},)"
           R"("weather":{"report_interval_s":60},"arrival":{"report_interval_s":60},"turnstile":{"report_interval_s":60}}})");
    fold_new();
  }

  Record& make(const MadeReading& made) {
    made_.push_back(made);
    return put(made);
  }
  Record& put(const MadeReading& made) {
    Reading reading;
    reading.station_id = "72";
    reading.stream = made.stream;
    reading.epoch = made.seq == 0 ? "" : "e1";
    reading.seq = made.seq;
    reading.observed_at = UtcTime{made.at};
    reading.clock = made.clock_known ? ClockQuality::kSynced : ClockQuality::kUnknown;
    reading.values = made.values.dump();
    return record(kafka_topic(made.stream), "72", encode_reading(reading));
  }
  /// What has been made since the last call.
  void fold_new() {
    fold(std::vector<Record>(log_.begin() + static_cast<std::ptrdiff_t>(folded_), log_.end()));
    folded_ = log_.size();
  }
  /// All that is to be done at noon of the day, `hours` later.
  void tend(std::int64_t hours = 0) {
    for (;;) {
      auto more = fold_->tend(UtcTime{kNoonMs + 50 + hours * 3'600'000 + 600'000});
      ASSERT_TRUE(more.ok()) << more.error().message;
      if (!*more) return;
    }
  }

  std::vector<GoldRow> gold(Stream stream, Resolution resolution, std::int64_t since, std::int64_t until) {
    std::vector<GoldRow> rows;
    auto query = GoldQuery::open(*database_, 300);
    EXPECT_TRUE(query.ok());
    const auto read = (*query)->read({StationPk{1}, stream, resolution, since, until}, [&](GoldRow& row) {
      rows.push_back(std::move(row));
      return true;
    });
    EXPECT_TRUE(read.ok());
    return rows;
  }

  /// Every bucket from `since` to `until` says what the oracle says, and there are no others.
  void expect_oracle(Stream stream, Resolution resolution, std::int64_t since, std::int64_t until) {
    const GoldOracle oracle(made_, stream, kGapMs);
    std::map<std::pair<std::int64_t, std::string>, GoldRow> rows;
    for (GoldRow& row : gold(stream, resolution, since, until)) {
      const std::pair key{row.start, row.group};
      EXPECT_TRUE(rows.emplace(key, std::move(row)).second) << "twice: " << format_rfc3339(UtcTime{key.first});
    }
    std::size_t expected = 0;
    for (std::int64_t start = since; start < until; start += width_ms(resolution)) {
      for (const auto& [group, figures] : oracle.bucket(start, start + width_ms(resolution))) {
        ++expected;
        const auto found = rows.find({start, group});
        ASSERT_NE(found, rows.end()) << format_rfc3339(UtcTime{start}) << " " << group << " is missing";
        expect_row(stream, found->second, figures);
      }
    }
    EXPECT_EQ(rows.size(), expected);
  }

  static void expect_row(Stream stream, const GoldRow& row, const GoldOracle::Figures& figures) {
    const auto columns = gold_columns(stream);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto figure = figures.find(columns[i].name);
      const std::string what = format_rfc3339(UtcTime{row.start}) + " " + columns[i].name;
      if (figure == figures.end()) {
        // The direction is compared where the wind is made by hand.
        if (columns[i].name != "wind_from_direction_deg_mean") {
          EXPECT_FALSE(row.cells[i]) << what;
        }
        continue;
      }
      ASSERT_TRUE(row.cells[i]) << what;
      const double unit = from_cell(1, columns[i].decimals);
      EXPECT_NEAR(from_cell(*row.cells[i], columns[i].decimals), figure->second, unit * 0.51) << what;
    }
  }

  std::vector<MadeReading> made_;
  std::size_t folded_ = 0;
};

}  // namespace wayside::central
