// Proves what becomes of an outbox file that is damaged: it is set aside, the agent starts, what can be read still goes out
// under its numbers, and stream loss names the rest.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "edge/outbox.h"
#include "tests/unit/seeded.h"

namespace wayside::edge {
namespace {

constexpr int kReadings = 2'000;
constexpr std::uintmax_t kPage = 4096;

class OutboxDamagedTest : public testing::Test {
 protected:
  OutboxDamagedTest() {
    char pattern[] = "/tmp/wayside-damaged-XXXXXX";
    folder_ = mkdtemp(pattern);
    path_ = folder_ + "/outbox.db";
    auto outbox = open();
    epoch_ = outbox->epoch();
    std::vector<NewReading> group;
    for (int n = 0; n < kReadings; ++n) {
      const UtcTime at{1'700'000'000'000 + n};
      group.push_back({{"s" + std::to_string(n % 2), Stream::kWeather, at, "{\"n\":" + std::to_string(n) + "}"},
                       {at, ClockQuality::kSynced, {}}});
    }
    EXPECT_TRUE(outbox->accept(group, {}).ok());
    EXPECT_TRUE(outbox->close().ok());
  }
  ~OutboxDamagedTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Outbox> open() {
    auto opened = Outbox::open(path_, {}, "boot-1");
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return std::move(*opened);
  }

  void overwrite(std::uintmax_t offset, const std::string& bytes) {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(offset));
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  /// Opens what was damaged. Returns how many readings came through; all else must be named, as far as numbers are known.
  std::size_t open_and_check() {
    auto outbox = open();
    EXPECT_NE(outbox->epoch(), epoch_);
    std::size_t kept = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      if (entry.path().filename().string().starts_with("outbox.db.damaged-")) ++kept;
    }
    EXPECT_GE(kept, 1U);
    EXPECT_TRUE(outbox->date_readings(0, UtcTime{1'800'000'000'000}).ok());
    auto readings = outbox->read(OutboxId{0}, outbox->last_id(), 1'000'000);
    EXPECT_TRUE(readings.ok());
    std::map<std::string, RangeSet> there, named;
    for (const StoredReading& stored : *readings) {
      const Reading& reading = stored.reading;
      if (reading.stream != Stream::kLoss) {
        EXPECT_EQ(reading.epoch, epoch_);
        const int n = 2 * static_cast<int>(reading.seq - 1) + (reading.station_id == "s1" ? 1 : 0);
        EXPECT_EQ(reading.values, "{\"n\":" + std::to_string(n) + "}") << "under another's number";
        there[reading.station_id].insert(reading.seq);
        continue;
      }
      const auto loss = parse_loss(reading.values);
      EXPECT_TRUE(loss && loss->reason == "outbox_damaged" && loss->epoch == epoch_);
      for (const SeqRange& range : loss ? loss->ranges : std::vector<SeqRange>()) named[reading.station_id].insert(range);
    }
    std::size_t count = 0;
    for (const auto& [station, seqs] : there) {
      EXPECT_EQ(seqs.missing({1, seqs.last()}), named[station].runs()) << station;
      count += seqs.count();
    }
    const std::vector<NewReading> more{
        {{"s0", Stream::kWeather, UtcTime{1'800'000'000'000}, "{}"}, {UtcTime{1'800'000'000'000}, ClockQuality::kSynced, {}}}};
    EXPECT_TRUE(outbox->accept(more, {}).ok());
    return count;
  }

  std::string folder_, path_, epoch_;
};

TEST_F(OutboxDamagedTest, zeroed_page_in_the_middle_costs_its_readings_and_they_are_named) {
  const std::uintmax_t pages = std::filesystem::file_size(path_) / kPage;
  overwrite(pages / 2 * kPage, std::string(kPage, '\0'));
  const std::size_t count = open_and_check();
  EXPECT_LT(count, static_cast<std::size_t>(kReadings));
  EXPECT_GT(count, static_cast<std::size_t>(kReadings) / 2);
}

TEST_F(OutboxDamagedTest, truncated_file_gives_what_is_left) {
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) / 2 / kPage * kPage);
  EXPECT_GT(open_and_check(), 0U);
}

TEST_F(OutboxDamagedTest, random_bytes_never_stop_the_agent) {
  test::Seeded random;
  const std::uintmax_t size = std::filesystem::file_size(path_);
  for (int i = 0; i < 30; ++i) overwrite(random.number(2 * kPage, size - 100), random.text("abcdef\x01\x02\x03 0123", 1, 100));
  const auto outbox = open();
  auto readings = outbox->read(OutboxId{0}, outbox->last_id(), 1'000'000);
  ASSERT_TRUE(readings.ok());
  for (const StoredReading& stored : *readings) EXPECT_LT(encode_reading(stored.reading).size(), kReadingBytesMax);
}

TEST_F(OutboxDamagedTest, file_that_is_no_database_is_set_aside) {
  overwrite(0, std::string(kPage, 'x'));
  EXPECT_EQ(open_and_check(), 0U);
}

}  // namespace
}  // namespace wayside::edge
