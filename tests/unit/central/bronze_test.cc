// Proves that bronze gives back every record as it came and each once, whatever is written again, wherever a file is torn;
// and that old and large files go.
#include "central/bronze.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <fstream>

#include "central/bronze_reader.h"
#include "tests/unit/seeded.h"

namespace wayside::central {
namespace {

namespace fs = std::filesystem;

constexpr UtcTime kNow{1'795'176'000'000};  // 2026-11-20T12:00:00Z
constexpr std::int64_t kDay = 86'400'000;

class BronzeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    settings_.dir = (fs::temp_directory_path() / ("wayside_bronze_" + std::to_string(::getpid()))).string();
    fs::remove_all(settings_.dir);
    open();
  }
  void TearDown() override { fs::remove_all(settings_.dir); }

  void open(std::int64_t gaps = 0) {
    bronze_.reset();
    auto bronze = Bronze::open(settings_, gaps, false);
    ASSERT_TRUE(bronze.ok()) << bronze.error().message;
    bronze_ = std::move(*bronze);
  }
  Record record(std::int64_t offset, const std::string& value = "{\"a\":1}", std::size_t topic = 3, std::int64_t ms = 0) {
    Record record;
    record.topic = topic;
    record.partition = 2;
    record.offset = offset;
    record.timestamp = UtcTime{ms == 0 ? kNow.ms + offset : ms};
    record.key = "72";
    record.value = texts_.emplace_back(value);
    return record;
  }
  std::vector<Record> records(std::int64_t first, std::int64_t last) {
    std::vector<Record> all;
    for (; first <= last; ++first) all.push_back(record(first, "value " + std::to_string(first)));
    return all;
  }
  void write(const std::vector<Record>& all, const std::string& cluster = "c1", UtcTime now = kNow) {
    const auto written = bronze_->write(cluster, all, std::vector<std::string>(all.size(), headers_), now);
    ASSERT_TRUE(written.ok()) << written.error().message;
  }
  /// `topic/partition/offset=value` of each record kept.
  std::vector<std::string> kept(const BronzeQuery& query = {}) {
    std::vector<std::string> all;
    auto damaged = read_bronze(settings_.dir, query, [&](const BronzeRecord& record, const std::string& cluster) {
      all.push_back(cluster + "/" + std::string(record.topic) + "/" + std::to_string(record.offset) + "=" +
                    std::string(record.value));
    });
    EXPECT_TRUE(damaged.ok());
    damaged_ = damaged ? *damaged : 0;
    return all;
  }
  std::vector<std::string> files() { return *bronze_files(settings_.dir); }

  BronzeSettings settings_;
  std::unique_ptr<Bronze> bronze_;
  std::deque<std::string> texts_;
  std::string headers_;  ///< of what is written
  std::uint64_t damaged_ = 0;
};

TEST_F(BronzeTest, a_record_comes_back_with_all_it_had) {
  std::string headers;
  append_bronze_header(headers, "agent", "demo", 4);
  append_bronze_header(headers, "none", nullptr, 0);
  append_bronze_header(headers, "empty", "", 0);
  const std::string bytes("\0\xff\n\"", 4);
  Record full = record(7, bytes);
  headers_ = headers;
  Record gone = record(8, "");
  gone.tombstone = true;
  write({full, gone});
  std::vector<BronzeRecord> seen;
  std::vector<std::string> parts;
  ASSERT_TRUE(read_bronze(settings_.dir, {}, [&](const BronzeRecord& record, const std::string& cluster) {
                EXPECT_EQ(cluster, "c1");
                EXPECT_EQ(record.topic, source_topics()[3].name);
                EXPECT_EQ(record.partition, 2);
                EXPECT_EQ(record.timestamp.ms, kNow.ms + record.offset);
                EXPECT_EQ(record.key, "72");
                EXPECT_EQ(record.tombstone, record.offset == 8);
                if (record.offset == 8) return;
                EXPECT_EQ(record.value, bytes);
                std::string_view left = record.headers;
                std::string_view name;
                std::optional<std::string_view> value;
                while (!left.empty() && take_bronze_header(left, name, value)) {
                  parts.push_back(std::string(name) + "=" + (value ? std::string(*value) : "null"));
                }
              }).ok());
  EXPECT_EQ(parts, (std::vector<std::string>{"agent=demo", "none=null", "empty="}));
}

TEST_F(BronzeTest, writing_again_changes_nothing) {
  write(records(1, 5));
  const auto size = fs::file_size(files().front());
  write(records(1, 5));
  EXPECT_EQ(fs::file_size(files().front()), size);
  open();
  write(records(1, 5));
  EXPECT_EQ(fs::file_size(files().front()), size);
  EXPECT_EQ(bronze_->counters().repeated, 5U);
  write(records(4, 8));
  EXPECT_EQ(kept().size(), 8U);
}

TEST_F(BronzeTest, after_any_tear_the_rest_is_written_again_and_each_record_is_there_once) {
  write(records(1, 20));
  const auto whole = fs::file_size(files().front());
  write(records(21, 40));
  const auto full = fs::file_size(files().front());
  const std::string path = files().front();
  const std::string copy = path + ".copy";
  fs::copy_file(path, copy);
  std::vector<std::string> expected;
  for (int i = 1; i <= 40; ++i) expected.push_back("c1/station-status/" + std::to_string(i) + "=value " + std::to_string(i));
  for (auto size = full; size-- > 0;) {
    bronze_.reset();
    fs::copy_file(copy, path, fs::copy_options::overwrite_existing);
    fs::resize_file(path, size);
    open();
    EXPECT_EQ(bronze_->counters().bytes_cut, size >= whole ? size - whole : size);
    write(records(1, 40));
    ASSERT_EQ(kept(), expected) << "torn at byte " << size;
  }
}

TEST_F(BronzeTest, a_damaged_byte_in_the_last_frame_cuts_it_there) {
  write(records(1, 20));
  const auto whole = fs::file_size(files().front());
  write(records(21, 40));
  {
    std::fstream file(files().front(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(whole + kBronzeHeaderBytes + 3));
    file.put('\x55');
  }
  open();
  EXPECT_GT(bronze_->counters().bytes_cut, 0U);
  write(records(21, 40));
  EXPECT_EQ(kept().size(), 40U);
  EXPECT_EQ(damaged_, 0U);
}

TEST_F(BronzeTest, a_full_disk_takes_nothing_and_all_is_there_once_there_is_room) {
  const std::string path = (fs::path(settings_.dir) / "2026-11-20.bronze").string();
  fs::create_symlink("/dev/full", path);
  for (int i = 1; i <= 3; ++i) {
    const auto written = bronze_->write("c1", records(1, 5), std::vector<std::string>(5), kNow);
    ASSERT_FALSE(written.ok());
    EXPECT_NE(written.error().message.find("No space left"), std::string::npos) << written.error().message;
    EXPECT_EQ(bronze_->counters().failures, static_cast<std::uint64_t>(i));
    EXPECT_FALSE(bronze_->next_offset("c1", {3, 2}).has_value());
  }
  fs::remove(path);
  write(records(1, 5));
  write(records(6, 9));
  EXPECT_EQ(bronze_->counters().records, 9U);
  EXPECT_EQ(kept().size(), 9U);
  EXPECT_EQ(damaged_, 0U);
}

TEST_F(BronzeTest, says_where_it_ends_in_each_partition) {
  write(records(1, 5));
  EXPECT_EQ(bronze_->next_offset("c1", {3, 2}), 6);
  EXPECT_FALSE(bronze_->next_offset("c1", {3, 1}).has_value());
  EXPECT_FALSE(bronze_->next_offset("c2", {3, 2}).has_value());
  write(records(6, 8));
  bronze_.reset();
  fs::resize_file(files().front(), fs::file_size(files().front()) - 1);
  open();
  EXPECT_EQ(bronze_->next_offset("c1", {3, 2}), 6);
  open(1);
  EXPECT_FALSE(bronze_->next_offset("c1", {3, 2}).has_value());
}

TEST_F(BronzeTest, many_batches_and_starts_keep_every_record_once) {
  test::Seeded random;
  std::int64_t next = 1;
  for (int round = 0; round < 200; ++round) {
    const auto back = static_cast<std::int64_t>(random.number(0, 3));
    const auto count = static_cast<std::int64_t>(random.number(1, 6));
    const std::int64_t first = std::max<std::int64_t>(1, next - back);
    write(records(first, first + count - 1), "c1", UtcTime{kNow.ms + round * kDay / 40});
    next = std::max(next, first + count);
    if (random.one_in(5)) open();
  }
  const auto all = kept();
  ASSERT_EQ(all.size(), static_cast<std::size_t>(next - 1));
  for (std::int64_t i = 1; i < next; ++i) {
    EXPECT_EQ(all[static_cast<std::size_t>(i - 1)], "c1/station-status/" + std::to_string(i) + "=value " + std::to_string(i));
  }
  EXPECT_GT(files().size(), 4U);
}

TEST_F(BronzeTest, another_cluster_and_an_accepted_gap_are_other_records) {
  write(records(1, 5));
  write(records(1, 3), "c2");
  open();
  write(records(1, 5));
  EXPECT_EQ(kept().size(), 8U);
  open(1);
  write(records(1, 5));
  EXPECT_EQ(kept().size(), 13U);
  open(1);
  write(records(1, 5));
  EXPECT_EQ(kept().size(), 13U);
}

TEST_F(BronzeTest, time_and_topic_choose) {
  write({record(1, "a", 3, kNow.ms), record(2, "b", 4, kNow.ms + 10), record(3, "c", 3, kNow.ms + 20)});
  EXPECT_EQ(kept({kNow.ms + 10, kNow.ms + 20, ""}).size(), 1U);
  EXPECT_EQ(kept({kNow.ms + 1, kNow.ms + 21, std::string(source_topics()[3].name)}).size(), 1U);
  EXPECT_TRUE(kept({kNow.ms + 21, kNow.ms + 99, ""}).empty());
}

TEST_F(BronzeTest, files_over_age_or_size_are_deleted_and_never_the_present_one) {
  settings_.keep_days = 3;
  open();
  for (int day = 0; day < 6; ++day) write(records(day * 10 + 1, day * 10 + 10), "c1", UtcTime{kNow.ms + day * kDay});
  EXPECT_EQ(files().size(), 4U);
  EXPECT_EQ(bronze_->counters().files_deleted, 2U);
  settings_.max_mb = 1;
  open();
  test::Seeded random;
  std::string noise(3'000'000, ' ');
  for (char& c : noise) c = random.byte();
  write({record(1000, noise)}, "c1", UtcTime{kNow.ms + 6 * kDay});
  write({record(1001)}, "c1", UtcTime{kNow.ms + 6 * kDay + kDay / 2 - 1});
  EXPECT_EQ(files().size(), 1U);
  EXPECT_EQ(kept().size(), 2U);
}

TEST_F(BronzeTest, small_batches_compress_as_one_stream) {
  std::size_t raw = 0;
  for (std::int64_t i = 1; i <= 2000; ++i) {
    const std::string value = R"({"station_id":"72","stream":"bike_status","epoch":"9f2c41d07a3be815","seq":)" +
                              std::to_string(i) +
                              R"(,"observed_at":"2026-11-20T08:11:33.120Z","clock":"synced","values":{"num_bikes_available":)" +
                              std::to_string(i % 31) + R"(,"num_docks_available":)" + std::to_string(31 - i % 31) + "}}";
    raw += value.size();
    write({record(i, value)});
  }
  const auto size = fs::file_size(files().front());
  RecordProperty("ratio", std::to_string(static_cast<double>(raw) / static_cast<double>(size)));
  EXPECT_LT(size * 2, raw);
  EXPECT_EQ(kept().size(), 2000U);
}

}  // namespace
}  // namespace wayside::central
