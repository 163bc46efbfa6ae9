// Proves what becomes of an outbox file that is damaged: it is set aside, the agent starts, what can be read still goes out
// under its numbers, and stream loss names the rest. Wherever a start is stopped on the way, the next one goes on. The kills
// run in a child that is executed anew and given the folder (death test style "threadsafe").
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "common/base/sqlite.h"
#include "edge/outbox.h"
#include "tests/unit/seeded.h"

namespace wayside::edge {
namespace {

constexpr int kReadings = 2'000;
constexpr int kInLog = 10;  // readings of an unclean stop, in the log alone
constexpr std::uintmax_t kPage = 4096;
constexpr const char* kFolderOfChild = "WAYSIDE_TEST_OUTBOX_FOLDER";
namespace fs = std::filesystem;

class OutboxDamagedTest : public testing::Test {
 protected:
  OutboxDamagedTest() {
    if (const char* given = std::getenv(kFolderOfChild)) {
      path_ = std::string(given) + "/outbox.db";
      return;
    }
    char pattern[] = "/tmp/wayside-damaged-XXXXXX";
    folder_ = mkdtemp(pattern);
    path_ = folder_ + "/outbox.db";
    auto outbox = open();
    epoch_ = outbox->epoch();
    accept(*outbox, 0, kReadings);
    EXPECT_TRUE(outbox->close().ok());
  }
  ~OutboxDamagedTest() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  static void accept(Outbox& outbox, int first, int count) {
    std::vector<NewReading> group;
    for (int n = first; n < first + count; ++n) {
      const UtcTime at{1'700'000'000'000 + n};
      group.push_back({{"s" + std::to_string(n % 2), Stream::kWeather, at, "{\"n\":" + std::to_string(n) + "}"},
                       {at, ClockQuality::kSynced, {}}});
    }
    EXPECT_TRUE(outbox.accept(group, {}).ok());
  }

  /// As a kill leaves it: the newest readings are in the log.
  void stop_uncleanly() {
    auto outbox = open();
    EXPECT_EQ(outbox->epoch(), epoch_);
    accept(*outbox, kReadings, kInLog);
    for (const char* suffix : {"", "-wal"}) fs::copy_file(path_ + suffix, path_ + ".copy" + suffix);
    outbox.reset();
    for (const char* suffix : {"", "-wal"}) fs::rename(path_ + ".copy" + suffix, path_ + suffix);
  }

  void damage_the_middle() { overwrite(fs::file_size(path_) / kPage / 2 * kPage, std::string(kPage, '\0')); }

  /// The page where this table or index begins, or all of it lies when it is small.
  void damage_root_of(const std::string& name) {
    std::int64_t page = 0;
    {
      auto database = SqlDatabase::open(path_, {.read_only = true});
      auto found = database->query_integer("SELECT rootpage FROM sqlite_master WHERE name='" + name + "'");
      ASSERT_TRUE(found.ok() && *found) << name;
      page = **found;
    }
    overwrite(static_cast<std::uintmax_t>(page - 1) * kPage, std::string(kPage, '\0'));
  }

  /// Starts in a child that is killed at this point.
  void die_at(const std::string& point) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    if (!folder_.empty()) setenv(kFolderOfChild, folder_.c_str(), 1);
    setenv("WAYSIDE_FAULT", point.c_str(), 1);
    EXPECT_EXIT(static_cast<void>(Outbox::open(path_, {}, "boot-1").ok()), testing::KilledBySignal(SIGKILL), "") << point;
    unsetenv("WAYSIDE_FAULT");
    unsetenv(kFolderOfChild);
  }
  bool in_child() const { return folder_.empty(); }

  /// The files in the folder by what follows "outbox.db"; times are taken out.
  std::multiset<std::string> files() const {
    std::multiset<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      std::string name = entry.path().filename().string().substr(std::string("outbox.db").size());
      if (name.starts_with(".damaged-")) name.erase(8, name.find('Z') - 7);
      found.insert(name);
    }
    return found;
  }

  /// What a start gives that nothing stops.
  std::size_t undisturbed() {
    const std::string real = path_;
    path_ = folder_ + "/outbox.db.whole/outbox.db";
    fs::create_directory(folder_ + "/outbox.db.whole");
    for (const char* suffix : {"", "-wal"}) {
      if (fs::exists(real + suffix)) fs::copy_file(real + suffix, path_ + suffix);
    }
    const std::size_t count = open_and_check();
    fs::remove_all(folder_ + "/outbox.db.whole");
    path_ = real;
    return count;
  }

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
    for (const auto& entry : fs::directory_iterator(fs::path(path_).parent_path())) {
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
  damage_the_middle();
  const std::size_t count = open_and_check();
  EXPECT_LT(count, static_cast<std::size_t>(kReadings));
  EXPECT_GT(count, static_cast<std::size_t>(kReadings) / 2);
}

TEST_F(OutboxDamagedTest, truncated_file_gives_what_is_left) {
  fs::resize_file(path_, fs::file_size(path_) / 2 / kPage * kPage);
  EXPECT_GT(open_and_check(), 0U);
}

TEST_F(OutboxDamagedTest, random_bytes_never_stop_the_agent) {
  test::Seeded random;
  const std::uintmax_t size = fs::file_size(path_);
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

TEST_F(OutboxDamagedTest, names_of_stations_and_epochs_are_found_in_the_index_too) {
  damage_root_of("epoch");
  damage_root_of("station");
  EXPECT_EQ(open_and_check(), static_cast<std::size_t>(kReadings));
}

TEST_F(OutboxDamagedTest, an_epoch_whose_name_is_nowhere_does_not_stop_the_agent) {
  damage_root_of("epoch");
  damage_root_of("sqlite_autoindex_epoch_1");
  EXPECT_EQ(open_and_check(), 0U);
}

TEST_F(OutboxDamagedTest, what_a_start_could_not_write_the_next_one_writes) {
  stop_uncleanly();
  damage_the_middle();
  const std::size_t whole = undisturbed();
  const auto before = files();
  signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit small{64 * 1024, old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto failed = Outbox::open(path_, {}, "boot-1");
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &old), 0);
  ASSERT_FALSE(failed.ok());
  EXPECT_NE(failed.error().message.find("saving what can be read of the damaged outbox " + path_), std::string::npos)
      << failed.error().message;
  EXPECT_FALSE(failed.error().hint.empty());
  auto left = files();
  left.erase("-shm");
  EXPECT_EQ(left, before);
  EXPECT_EQ(open_and_check(), whole);
}

TEST_F(OutboxDamagedTest, what_a_start_could_not_begin_the_next_one_begins) {
  damage_the_middle();
  fs::create_directories(path_ + ".new/in the way");
  ASSERT_FALSE(Outbox::open(path_, {}, "boot-1").ok());
  auto left = files();
  for (const char* of_reading : {"-shm", "-wal"}) left.erase(of_reading);
  EXPECT_EQ(left, (std::multiset<std::string>{"", ".new"}));
  fs::remove_all(path_ + ".new");
  EXPECT_GT(open_and_check(), static_cast<std::size_t>(kReadings) / 2);
}

class OutboxDamagedKillTest : public OutboxDamagedTest, public testing::WithParamInterface<const char*> {};

TEST_P(OutboxDamagedKillTest, a_start_that_is_killed_is_taken_up_by_the_next) {
  std::size_t whole = 0;
  if (!in_child()) {
    stop_uncleanly();
    damage_the_middle();
    whole = undisturbed();
  }
  die_at(GetParam());
  EXPECT_EQ(open_and_check(), whole);
  EXPECT_EQ(files(), (std::multiset<std::string>{"", ".damaged", ".damaged-wal"}));
}

INSTANTIATE_TEST_SUITE_P(AllSteps, OutboxDamagedKillTest,
                         testing::Values("salvage_reading:1", "salvage_reading:1500", "salvage_built", "salvage_finished",
                                         "salvage_moving:1", "salvage_moving:2", "salvage_moving:3", "salvage_moved",
                                         "salvage_in_place"));

/// Of the renames between two syncs of the folder a power cut keeps any.
class OutboxDamagedCutTest : public OutboxDamagedTest, public testing::WithParamInterface<std::set<std::string>> {};

TEST_P(OutboxDamagedCutTest, any_of_the_renames_may_be_on_the_disk) {
  std::size_t whole = 0;
  if (!in_child()) {
    stop_uncleanly();
    damage_the_middle();
    whole = undisturbed();
  }
  die_at("salvage_finished");
  for (const std::string& suffix : GetParam()) fs::rename(path_ + suffix, path_ + ".damaged-before" + suffix);
  EXPECT_EQ(open_and_check(), whole);
  EXPECT_FALSE(fs::exists(path_ + ".salvaged"));
}

INSTANTIATE_TEST_SUITE_P(AllSubsets, OutboxDamagedCutTest,
                         testing::Values(std::set<std::string>{}, std::set<std::string>{""}, std::set<std::string>{"-wal"},
                                         std::set<std::string>{"", "-wal"}));

}  // namespace
}  // namespace wayside::edge
