// Proves the rules of alerts over a time that the test gives: when each opens and closes, that one stays one through
// flapping and restarts, what maintenance and central's own backlog hold back, and what history, limits and senders keep.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>

#include "central/alert_sender.h"
#include "central/alert_watch.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kNoon = 1'795'176'000'000;  // 2026-11-20T12:00:00Z
constexpr std::int64_t kMinute = 60'000;

class AlertTest : public ::testing::Test {
 protected:
  void SetUp() override {
    settings_.silent_min = 2;
    settings_.empty_min = settings_.full_min = 10;
    settings_.frozen_min = 60;
    settings_.frozen_values = {"air_temperature_C"};
    settings_.clear_min = 5;
    start();
  }
  void start() {
    watch_ = std::make_unique<AlertWatch>(settings_);
    watch_->see_line({true, "", 0}, at(0));
  }
  UtcTime at(double minutes) const { return UtcTime{kNoon + static_cast<std::int64_t>(minutes * kMinute)}; }
  /// `rule+name` for opened, `rule-name` for closed ones.
  std::string tick(double minutes) {
    std::string out;
    for (const AlertNews& news : watch_->tick(at(minutes))) {
      out += (out.empty() ? "" : " ") + std::string(to_text(news.key.rule)) + (news.opened ? "+" : "-") + news.key.name;
    }
    return out;
  }
  void station(double minutes, StationState state, std::optional<bool> empty = {}, std::optional<bool> full = {}) {
    StationFacts facts;
    facts.id = "72";
    facts.state = state;
    facts.empty = empty;
    facts.full = full;
    watch_->see_station(facts, at(minutes));
  }
  void temperature(double minutes, const std::string& text) {
    StationFacts facts;
    facts.id = "w1";
    facts.state = StationState::kLive;
    facts.watched = {{"air_temperature_C", text, at(minutes)}};
    watch_->see_station(facts, at(minutes));
  }

  AlertSettings settings_;
  std::unique_ptr<AlertWatch> watch_;
};

TEST_F(AlertTest, a_silent_station_alerts_once_and_closes_when_it_has_been_back_for_a_while) {
  station(0, StationState::kSilent);
  EXPECT_EQ(tick(1.9), "");
  EXPECT_EQ(tick(2), "silent+72");
  EXPECT_EQ(tick(3), "");
  station(3, StationState::kLive);
  EXPECT_EQ(tick(7.9), "");
  station(7.9, StationState::kSilent);
  EXPECT_EQ(tick(30), "");
  station(30, StationState::kLive);
  EXPECT_EQ(tick(34.9), "");
  EXPECT_EQ(tick(35), "silent-72");
  EXPECT_EQ(watch_->book().open_counts()[0], 0U);
}

TEST_F(AlertTest, silence_that_ends_in_time_is_no_alert) {
  station(0, StationState::kSilent);
  station(1, StationState::kLive);
  station(1.5, StationState::kSilent);
  EXPECT_EQ(tick(3), "");
  EXPECT_EQ(tick(3.5), "silent+72");
}

TEST_F(AlertTest, a_bad_clock_hides_silence_and_is_an_alert_of_its_own) {
  station(0, StationState::kSilent);
  EXPECT_EQ(tick(2), "silent+72");
  station(2, StationState::kBadClock);
  EXPECT_EQ(tick(7), "bad_clock+72");
  station(8, StationState::kLive);
  EXPECT_EQ(tick(13), "silent-72 bad_clock-72");
}

TEST_F(AlertTest, empty_and_full_count_minutes_in_service_only) {
  station(0, StationState::kLive, true, false);
  station(5, StationState::kSilent);  // cannot be told
  station(6, StationState::kLive, true, false);
  EXPECT_EQ(tick(15.9), "");
  EXPECT_EQ(tick(16), "empty+72");
  station(17, StationState::kLive, false, true);
  EXPECT_EQ(tick(22), "empty-72");
  EXPECT_EQ(tick(27), "full+72");
}

TEST_F(AlertTest, a_value_that_never_changes_while_readings_come_is_frozen) {
  for (double minute = 0; minute < 60; minute += 10) temperature(minute, "21.5");
  EXPECT_EQ(tick(59), "");
  temperature(60, "21.5");
  EXPECT_EQ(tick(60), "frozen_value+w1");
  temperature(61, "21.6");
  EXPECT_EQ(tick(66), "frozen_value-w1");
}

TEST_F(AlertTest, without_new_readings_nothing_is_frozen) {
  temperature(0, "21.5");
  EXPECT_EQ(tick(200), "");
}

TEST_F(AlertTest, a_frozen_alert_stays_open_over_a_restart_until_the_value_moves) {
  start();
  watch_->restore({AlertRule::kFrozenValue, AlertSubject::kStation, "w1"}, at(0));
  temperature(0, "21.5");
  temperature(20, "21.5");
  EXPECT_EQ(tick(30), "");
  temperature(31, "21.6");
  EXPECT_EQ(tick(36), "frozen_value-w1");
}

TEST_F(AlertTest, impossible_values_alert_at_once_and_close_when_none_came_for_a_while) {
  watch_->see_refused("72", "num_bikes_available: -3", at(0));
  EXPECT_EQ(tick(0), "impossible_value+72");
  watch_->see_refused("72", "num_bikes_available: -4", at(9));
  EXPECT_EQ(tick(18), "");
  EXPECT_EQ(tick(19), "");
  EXPECT_EQ(tick(24), "impossible_value-72");
}

TEST_F(AlertTest, an_outbox_alert_has_a_band_in_which_it_stays_as_it_is) {
  const auto outbox = [&](double minutes, double pct, const std::string& fault = "") {
    watch_->see_agent({"pi", false, false, pct, fault}, at(minutes));
  };
  outbox(0, 79);
  EXPECT_EQ(tick(0), "");
  outbox(1, 80);
  EXPECT_EQ(tick(1), "outbox+pi");
  outbox(2, 71);
  EXPECT_EQ(tick(20), "");
  outbox(20, 69);
  EXPECT_EQ(tick(25), "outbox-pi");
  outbox(30, 1, "disk is full");
  EXPECT_EQ(tick(30), "outbox+pi");
}

TEST_F(AlertTest, a_backlog_that_does_not_shrink_alerts_and_one_that_drains_does_not) {
  for (int minute = 0; minute <= 5; ++minute) watch_->see_line({true, "", 20'000 + minute * 1000}, at(minute));
  EXPECT_EQ(tick(5.5), "");
  EXPECT_EQ(tick(6), "backlog+");
  for (int minute = 6; minute <= 12; ++minute) watch_->see_line({true, "", 40'000 - minute * 2000}, at(minute));
  EXPECT_EQ(tick(12), "backlog-");
  start();
  for (int minute = 0; minute <= 20; ++minute) {
    watch_->see_line({true, "", 900'000 - minute * 10'000}, at(minute));
    EXPECT_EQ(tick(minute), "");
  }
}

TEST_F(AlertTest, while_central_does_not_fold_there_is_one_alert_and_none_of_stations) {
  station(0, StationState::kSilent);
  watch_->see_line({false, "no broker answers", 0}, at(0));
  EXPECT_EQ(tick(5), "backlog+");
  EXPECT_EQ(tick(60), "");
  watch_->see_line({true, "", 0}, at(60));
  EXPECT_EQ(tick(61), "");
  EXPECT_EQ(tick(62), "silent+72");
}

TEST_F(AlertTest, in_maintenance_nothing_is_opened_and_what_is_wrong_at_its_end_is) {
  auto window = std::make_unique<MaintenanceSettings>();
  window->station = "72";
  window->from = format_rfc3339(at(0));
  window->until = format_rfc3339(at(60));
  ASSERT_TRUE(window->validate().ok());
  settings_.maintenance.push_back(std::move(window));
  start();
  station(1, StationState::kSilent);
  watch_->see_agent({"pi", true, false, 0, ""}, at(1));
  EXPECT_EQ(tick(3), "silent+pi");
  EXPECT_EQ(tick(59.9), "");
  EXPECT_EQ(tick(61.8), "");
  EXPECT_EQ(tick(61.9), "silent+72");
}

TEST_F(AlertTest, a_retired_station_closes_its_alerts) {
  station(0, StationState::kSilent);
  EXPECT_EQ(tick(2), "silent+72");
  StationFacts gone;
  gone.id = "72";
  gone.gone = true;
  watch_->see_station(gone, at(2));
  EXPECT_EQ(tick(2), "silent-72");
}

TEST_F(AlertTest, a_rule_of_0_minutes_is_off_and_closes_what_it_left_open) {
  settings_.silent_min = 0;
  start();
  watch_->restore({AlertRule::kSilent, AlertSubject::kStation, "72"}, at(0));
  station(0, StationState::kSilent);
  EXPECT_EQ(tick(1), "silent-72");
  EXPECT_EQ(tick(100), "");
}

TEST_F(AlertTest, the_board_gives_the_rules_their_facts) {
  Board board(300);
  StationChange change;
  change.station_id = "72";
  StreamState bikes;
  bikes.observed_at = bikes.received_at = at(0);
  bikes.fields = {{"\"num_bikes_available\"", "0", at(0)}, {"\"num_docks_available\"", "7", at(0)}};
  StreamState weather;
  weather.stream = Stream::kWeather;
  weather.observed_at = weather.received_at = at(0);
  weather.fields = {{"\"air_temperature_C\"", "10.5", at(0)}, {"\"dew_point_temperature_C\"", "14", at(0)}};
  change.streams = {bikes, weather};
  board.apply({change}, at(0));
  const StationFacts facts = facts_of(*board.find("72"), settings_.frozen_values);
  EXPECT_EQ(facts.empty, std::optional(true));
  EXPECT_EQ(facts.full, std::optional(false));
  ASSERT_EQ(facts.watched.size(), 1U);
  EXPECT_EQ(facts.watched[0].text, "10.5");
  EXPECT_NE(facts.impossible, "");
  board.tick(at(60));
  EXPECT_EQ(facts_of(*board.find("72"), {}).empty, std::nullopt);
  EXPECT_EQ(facts_of(*board.find("72"), {}).state, StationState::kSilent);
}

TEST_F(AlertTest, ten_thousand_stations_silent_at_once_take_a_fraction_of_a_second) {
  StationFacts facts;
  facts.state = StationState::kSilent;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 10'000; ++i) {
    facts.id = "s" + std::to_string(i);
    watch_->see_station(facts, at(0));
  }
  EXPECT_EQ(watch_->tick(at(2)).size(), 10'000U);
  EXPECT_TRUE(watch_->tick(at(3)).empty());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  RecordProperty("seconds", std::to_string(took.count()));
  EXPECT_LT(took.count(), 10);  // under sanitizers on a busy machine; some 20 ms in a release
}

class AlertStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("wayside_alerts_" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    options_.channels = {"hook"};
    open();
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  void open() {
    store_.reset();
    auto store = AlertStore::open((folder_ / "alerts").string(), options_);
    ASSERT_TRUE(store.ok()) << store.error().message;
    store_ = std::move(*store);
  }
  static AlertNews news(const std::string& name, bool opened, std::int64_t at_ms = kNoon) {
    return {{AlertRule::kSilent, AlertSubject::kStation, name}, opened, "why", UtcTime{at_ms}, UtcTime{at_ms}};
  }
  std::size_t apply(std::vector<AlertNews> all) {
    auto changed = store_->apply(all);
    EXPECT_TRUE(changed.ok());
    return changed.ok() ? changed->size() : 0;
  }
  std::size_t waiting() { return store_->waiting("hook", 1'000'000)->size(); }

  std::filesystem::path folder_;
  AlertStoreOptions options_;
  std::unique_ptr<AlertStore> store_;
};

TEST_F(AlertStoreTest, what_is_open_is_open_after_a_restart_and_not_opened_twice) {
  EXPECT_EQ(apply({news("a", true), news("b", true)}), 2U);
  open();
  EXPECT_EQ(store_->open_alerts()->size(), 2U);
  EXPECT_EQ(apply({news("a", true)}), 0U);
  EXPECT_EQ(apply({news("a", false)}), 1U);
  EXPECT_EQ(apply({news("a", false)}), 0U);
  EXPECT_EQ(apply({news("a", true)}), 1U);
  EXPECT_EQ(waiting(), 4U);
}

TEST_F(AlertStoreTest, notices_that_were_not_taken_wait_over_a_restart_and_taken_ones_do_not_come_again) {
  apply({news("a", true), news("b", true)});
  const auto first = *store_->waiting("hook", 1);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_NE(first[0].json.find("\"event\":\"opened\""), std::string::npos);
  ASSERT_TRUE(store_->taken("hook", first[0].id).ok());
  open();
  EXPECT_EQ(waiting(), 1U);
}

TEST_F(AlertStoreTest, notices_over_the_limit_are_dropped_and_counted) {
  options_.notices_max = 100;
  open();
  for (int i = 0; i < 130; ++i) apply({news("s" + std::to_string(i), true)});
  EXPECT_EQ(waiting(), 100U);
  EXPECT_EQ(store_->counts("hook")->dropped, 30);
  EXPECT_EQ(store_->open_alerts()->size(), 130U);
}

TEST_F(AlertStoreTest, a_channel_that_is_new_hears_nothing_of_before) {
  apply({news("a", true)});
  options_.channels = {"hook", "topic"};
  open();
  EXPECT_TRUE(store_->waiting("topic", 10)->empty());
  apply({news("b", true)});
  EXPECT_EQ(store_->waiting("topic", 10)->size(), 1U);
  EXPECT_EQ(waiting(), 2U);
}

TEST_F(AlertStoreTest, closed_alerts_go_by_age_and_number_and_open_ones_stay) {
  options_.keep_ms = 1000;
  open();
  apply({news("old", true), news("stays", true)});
  apply({news("old", false, kNoon)});
  ASSERT_TRUE(store_->trim(UtcTime{kNoon + 900}).ok());
  EXPECT_EQ(apply({news("old", true, kNoon + 1)}), 1U);
  apply({news("old", false, kNoon + 2)});
  options_.rows_max = 1;
  open();
  ASSERT_TRUE(store_->trim(UtcTime{kNoon + 900}).ok());
  auto left = SqlDatabase::open((folder_ / "alerts").string());
  EXPECT_EQ(left->query_integer("SELECT count(*) FROM alert")->value_or(0), 2);
  ASSERT_TRUE(store_->trim(UtcTime{kNoon + 5000}).ok());
  EXPECT_EQ(left->query_integer("SELECT count(*) FROM alert")->value_or(0), 1);
}

/// Fails as often as it is told, then takes all.
class FlakyChannel final : public AlertChannel {
 public:
  FlakyChannel(std::atomic<int>& failures, std::vector<std::int64_t>& taken, std::mutex& mutex)
      : failures_(failures), taken_(taken), mutex_(mutex) {}
  std::string name() const override { return "hook"; }
  Status send(const std::vector<AlertNotice>& notices, const std::stop_token&) override {
    if (failures_ > 0) {
      --failures_;
      return Error{"not now", ""};
    }
    const std::lock_guard lock(mutex_);
    for (const AlertNotice& notice : notices) taken_.push_back(notice.id);
    return {};
  }

 private:
  std::atomic<int>& failures_;
  std::vector<std::int64_t>& taken_;
  std::mutex& mutex_;
};

TEST_F(AlertStoreTest, a_sender_tries_again_until_all_is_taken_once_and_in_order) {
  std::atomic<int> failures = 5;
  std::vector<std::int64_t> taken;
  std::mutex mutex;
  for (int i = 0; i < 150; ++i) apply({news("s" + std::to_string(i), true)});
  AlertSender sender(*store_, std::make_unique<FlakyChannel>(failures, taken, mutex),
                     {std::chrono::milliseconds(1), std::chrono::milliseconds(4)});
  while (sender.counters().sent < 150) std::this_thread::yield();
  apply({news("late", true)});
  sender.wake();
  while (sender.counters().sent < 151) std::this_thread::yield();
  EXPECT_EQ(sender.counters().failed, 5U);
  EXPECT_EQ(waiting(), 0U);
  const std::lock_guard lock(mutex);
  ASSERT_EQ(taken.size(), 151U);
  EXPECT_TRUE(std::is_sorted(taken.begin(), taken.end()));
}

}  // namespace
}  // namespace wayside::central
