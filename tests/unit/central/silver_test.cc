// Proves that both tiers of silver are one history: blocks give back byte by byte what went in, readings are found once
// whatever tier they lie in, and what is too old goes as whole days without taking gold along.
#include <set>

#include "central/silver_block.h"
#include "tests/unit/central/layers_fixture.h"

namespace wayside::central {
namespace {

using nlohmann::json;
using test::Seeded;

SilverRow random_row(Seeded& chance, std::int64_t at) {
  SilverRow row;
  row.key = {at, static_cast<std::int64_t>(chance.number(0, 2)),
             static_cast<std::int64_t>(chance.number(0, std::uint64_t{1} << 62))};
  row.received_at = at + static_cast<std::int64_t>(chance.number(0, 100'000)) - 5'000;
  row.stored_at = row.received_at + static_cast<std::int64_t>(chance.number(0, 3'000));
  row.kafka_offset = static_cast<std::int64_t>(chance.number(0, std::uint64_t{1} << 62)) - 1;
  row.clock = static_cast<std::int64_t>(chance.number(0, 3));
  row.shape = static_cast<std::int64_t>(chance.number(0, 3));
  const std::array<std::string, 12> odd{"0",    "-0",   "7",     "7.50",    "-12.125", "1e5",
                                        "true", "null", "\"x\"", "\"a,b\"", "0.1",     "123456789012345678"};
  if (row.shape == 0) row.cells = "{\"a\":" + odd[chance.number(0, 11)] + "}";
  if (row.shape == 1) row.cells = "";
  if (row.shape == 2) row.cells = std::to_string(chance.number(0, 50)) + "," + (chance.one_in(2) ? "true" : "false");
  if (row.shape == 3) row.cells = odd[chance.number(0, 11)] + ",[1,2],{\"b\":\"}\"}," + odd[chance.number(0, 11)];
  return row;
}

TEST(SilverBlock, gives_back_what_went_in_byte_by_byte) {
  Seeded chance;
  for (int round = 0; round < 200; ++round) {
    std::vector<SilverRow> rows;
    std::int64_t at = kNoonMs;
    for (std::uint64_t n = chance.number(1, 60); n > 0; --n)
      rows.push_back(random_row(chance, at += static_cast<std::int64_t>(chance.number(0, 90'000))));
    auto bytes = encode_silver(rows);
    ASSERT_TRUE(bytes.ok());
    auto back = decode_silver(*bytes);
    ASSERT_TRUE(back.ok()) << back.error().message;
    ASSERT_EQ(*back, rows);
  }
}

TEST(SilverBlock, a_damaged_block_is_an_error_and_no_crash) {
  Seeded chance;
  std::vector<SilverRow> rows;
  for (int i = 0; i < 50; ++i) rows.push_back(random_row(chance, kNoonMs + i));
  auto bytes = encode_silver(rows);
  ASSERT_TRUE(bytes.ok());
  for (int round = 0; round < 500; ++round) {
    std::string damaged = *bytes;
    damaged[chance.number(0, damaged.size() - 1)] = chance.byte();
    if (chance.one_in(3)) damaged.resize(chance.number(0, damaged.size()));
    static_cast<void>(decode_silver(damaged));
  }
  EXPECT_FALSE(decode_silver("").ok());
  EXPECT_FALSE(decode_silver("no block").ok());
}

class SilverTest : public LayersTest {
 protected:
  using Set = std::multiset<std::string>;
  static std::string word(std::int64_t at, std::uint64_t seq, const std::string& values) {
    return std::to_string(at) + " " + std::to_string(seq) + " " + values;
  }
  Set expected(Stream stream) const {
    Set set;
    for (const MadeReading& made : made_) {
      if (made.stream == stream) set.insert(word(made.at, made.seq, made.values.dump()));
    }
    return set;
  }
  Set stored(Stream stream) {
    Set set;
    auto reader = SilverReader::open(*database_);
    auto shapes = ShapeNames::open(*database_);
    EXPECT_TRUE(reader.ok() && shapes.ok());
    SilverKey last{-1, -1, -1};
    EXPECT_TRUE(reader
                    ->read_from(StationPk{1}, stream, 0, std::int64_t{1} << 60,
                                [&](const SilverRow& row) {
                                  EXPECT_LT(last, row.key);
                                  last = row.key;
                                  const bool numbered = row.key.account != 0;
                                  set.insert(word(row.key.observed_at, numbered ? static_cast<std::uint64_t>(row.key.seq) : 0,
                                                  restore_values(std::string(*shapes->names(row.shape)), row.cells)));
                                  return true;
                                })
                    .ok());
    return set;
  }
  /// One reading each 10 minutes of some days before today.
  void make_days(std::int64_t first, std::int64_t last) {
    for (std::int64_t at = kTodayMs - first * kDayMs; at < kTodayMs - (last - 1) * kDayMs; at += 600'000) {
      make({at, made_.size() + 1, Stream::kBikeStatus, {{"num_bikes_available", at / 600'000 % 7}}});
    }
    fold_new();
  }
  /// Takes out what is old, `days` from now.
  void age(std::int64_t days) {
    FoldOptions options;
    open("cluster-a", options);
    tend(24 * days);
  }
};

TEST_F(SilverTest, is_the_set_of_readings_whatever_comes_when) {
  Seeded chance;
  std::vector<MadeReading> all;
  for (std::size_t i = 0; i < 1200; ++i) {
    MadeReading reading{kTodayMs - 3 * kDayMs + static_cast<std::int64_t>(i) * 240'000, chance.one_in(8) ? 0 : i + 1,
                        Stream::kWeather, json::object(), !chance.one_in(30)};
    if (!chance.one_in(5)) reading.values["air_temperature_C"] = static_cast<double>(chance.number(0, 30)) + 0.5;
    if (chance.one_in(3)) reading.values["weather_condition"] = "sunny";
    if (chance.one_in(40)) reading.values["odd"] = json::array({1, "x,y", nullptr});
    all.push_back(std::move(reading));
  }
  for (std::size_t i = 0; i < all.size(); ++i)
    std::swap(all[i], all[std::min(all.size() - 1, i + chance.number(0, chance.one_in(9) ? 600 : 3))]);
  for (std::size_t i = 0; i < all.size(); ++i) {
    make(all[i]);
    if (chance.one_in(6)) put(made_[chance.number(0, made_.size() - 1)]);
    if (!chance.one_in(50)) continue;
    fold_new();
    if (chance.one_in(2)) tend();
    if (chance.one_in(4)) open();
  }
  fold_new();
  EXPECT_EQ(stored(Stream::kWeather), expected(Stream::kWeather));
  tend();
  EXPECT_EQ(stored(Stream::kWeather), expected(Stream::kWeather));
  EXPECT_GT(number("SELECT count(*) FROM reading_block"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM reading WHERE observed_at < " + std::to_string(kTodayMs)), 0);
  EXPECT_EQ(number("SELECT sum(readings) FROM reading_days") + number("SELECT count(*) FROM readings"),
            static_cast<std::int64_t>(expected(Stream::kWeather).size()));
}

TEST_F(SilverTest, a_number_used_again_is_noticed_in_a_closed_day_too) {
  make_days(2, 2);
  tend();
  ASSERT_EQ(number("SELECT count(*) FROM reading"), 0);
  put(made_[5]);
  fold_new();
  EXPECT_EQ(number("SELECT repeated FROM account"), 1);
  MadeReading other = made_[6];
  other.values["num_bikes_available"] = 99;
  put(other);
  fold_new();
  EXPECT_EQ(text("SELECT reason FROM quarantine"), "seq_reused");
  EXPECT_EQ(stored(Stream::kBikeStatus), expected(Stream::kBikeStatus));
}

TEST_F(SilverTest, an_old_day_goes_as_a_whole_and_its_gold_stays) {
  make_days(3, 1);
  tend();
  const auto hours = gold(Stream::kBikeStatus, Resolution::kHour, 0, kTodayMs);
  ASSERT_EQ(hours.size(), 72U);
  age(29);  // 3 days before today is then 32 days old: more than 30 and the one that is kept beside them
  EXPECT_EQ(number("SELECT count(*) FROM reading_block"), 2);
  EXPECT_EQ(gold(Stream::kBikeStatus, Resolution::kHour, 0, kTodayMs), hours);
  age(40);
  EXPECT_EQ(number("SELECT count(*) FROM reading_block"), 0);
  EXPECT_EQ(gold(Stream::kBikeStatus, Resolution::kHour, 0, kTodayMs), hours);
  age(800);
  EXPECT_TRUE(gold(Stream::kBikeStatus, Resolution::kHour, 0, kTodayMs).empty());
  EXPECT_EQ(gold(Stream::kBikeStatus, Resolution::kDay, 0, kTodayMs).size(), 3U);
}

TEST_F(SilverTest, what_comes_for_a_day_whose_history_has_gone_is_counted_and_changes_nothing) {
  make_days(2, 1);
  const auto of_day = [&] { return gold(Stream::kBikeStatus, Resolution::kDay, 0, kTodayMs); };
  tend();
  age(40);
  const auto before = of_day();
  ASSERT_EQ(before.size(), 2U);
  // The next fold is 40 days later.
  put(made_[3]);
  MadeReading late{made_[3].at + 1, 9'000, Stream::kBikeStatus, {{"num_bikes_available", 50}}};
  put(late);
  auto batch = fold_->fold(std::vector<Record>(log_.begin() + static_cast<std::ptrdiff_t>(folded_), log_.end()),
                           UtcTime{kNoonMs + 40 * kDayMs});
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch->counts.repeated, 1U);
  EXPECT_EQ(batch->counts.too_old, 1U);
  EXPECT_EQ(number("SELECT count(*) FROM quarantine"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM open_day"), 0);
  EXPECT_EQ(of_day(), before);
}

TEST_F(SilverTest, minutes_outlive_silver_when_they_are_to) {
  make_days(2, 1);
  tend();
  const auto minutes = gold(Stream::kBikeStatus, Resolution::kMinute, 0, kTodayMs);
  ASSERT_FALSE(minutes.empty());
  FoldOptions options;
  options.layers.minute_days = 100;
  for (std::int64_t days = 25; days < 40; ++days) {
    open("cluster-a", options);
    tend(24 * days);
    ASSERT_EQ(gold(Stream::kBikeStatus, Resolution::kMinute, 0, kTodayMs), minutes) << days;
  }
  EXPECT_EQ(number("SELECT count(*) FROM reading_block"), 0);
}

}  // namespace
}  // namespace wayside::central
