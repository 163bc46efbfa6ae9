// Proves what the ledger tells of a station: sums without strangers, one UTC day, holes by seq and time, closed epochs with
// what was lost, and that its pages give every station and every epoch once.
#include <nlohmann/json.hpp>
#include <set>

#include "central/account_query.h"
#include "tests/unit/central/fold_fixture.h"

namespace wayside::central {
namespace {

using nlohmann::json;

constexpr std::int64_t kToday = kNoonMs / kDayMs;

class LedgerTest : public FoldTest {
 protected:
  json station(std::int64_t day = kToday) {
    auto text = station_ledger_json(*database_, "72", day);
    EXPECT_TRUE(text.ok());
    return text.ok() ? json::parse(*text) : json();
  }
};

TEST_F(LedgerTest, a_day_counts_the_seqs_between_its_first_and_the_next_days_first) {
  const std::int64_t midnight = kToday * kDayMs;
  for (std::uint64_t seq = 1; seq <= 4; ++seq)
    reading(seq, midnight - 50'000 + 1000 * static_cast<std::int64_t>(seq), bikes(1));
  for (std::uint64_t seq : {7U, 8U, 9U, 12U}) reading(seq, midnight + 1000 * static_cast<std::int64_t>(seq), bikes(1));
  reading(6, midnight + 1, bikes(2));  // the backlog, behind the live readings
  reading(5, midnight - 1, bikes(2));
  reading(8, midnight + 8000, bikes(1));
  reading(8, midnight + 8000, bikes(1));
  fold_log();
  json today = station()["day"];
  EXPECT_EQ(today["date"], "2026-11-20");
  EXPECT_EQ(today["accepted"], 7);
  EXPECT_EQ(today["received"], 5);
  EXPECT_EQ(today["missing"], 2);
  EXPECT_EQ(today["repeated"], 2);
  EXPECT_EQ(today["summary"], "5 of 7, 2 missing, 2 repeats dropped");
  EXPECT_EQ(station(kToday - 1)["day"]["summary"], "5 of 5, 0 missing, 0 repeats dropped");
  EXPECT_EQ(station(kToday - 2)["day"]["summary"], "0 of 0, 0 missing, 0 repeats dropped");
  open();
  reading(13, midnight + 13'000, bikes(1));
  fold_log();
  EXPECT_EQ(station()["day"]["summary"], "6 of 8, 2 missing, 2 repeats dropped");
  EXPECT_EQ(number("SELECT count(*) FROM account_day"), 2);
}

TEST_F(LedgerTest, repeats_stay_with_their_day_when_an_older_one_becomes_known_late) {
  const std::int64_t midnight = kToday * kDayMs;
  reading(10, midnight + 1, bikes(1));
  for (int i = 0; i < 5; ++i) reading(10, midnight + 1, bikes(1));
  reading(9, midnight - 1, bikes(1));
  reading(11, midnight - 2, bikes(1));  // told late by its source: its number lies in today
  fold_log();
  EXPECT_EQ(station(kToday - 1)["day"]["summary"], "1 of 1, 0 missing, 0 repeats dropped");
  EXPECT_EQ(station()["day"]["summary"], "2 of 2, 0 missing, 5 repeats dropped");
  EXPECT_EQ(number("SELECT count(*) FROM account_day"), 2);
}

TEST_F(LedgerTest, a_refused_reading_belongs_to_its_day_too) {
  const std::int64_t midnight = kToday * kDayMs;
  reading(1, midnight - 1000, bikes(1));
  reading(4, midnight + 1, bikes(1)).timestamp = UtcTime{midnight + 1};
  reading(3, midnight - 10, R"("no object")");                                         // of the backlog, and came today
  reading(5, midnight + 2 * kDayMs, bikes(1)).timestamp = UtcTime{midnight + kDayMs};  // ahead; came tomorrow
  fold_log();
  EXPECT_EQ(number("SELECT count(*) FROM quarantine"), 2);
  EXPECT_EQ(station(kToday - 1)["day"]["summary"], "1 of 3, 1 missing, 0 repeats dropped");
  EXPECT_EQ(station()["day"]["summary"], "1 of 1, 0 missing, 0 repeats dropped");
  EXPECT_EQ(station(kToday + 1)["day"]["refused"], 1);
}

TEST_F(LedgerTest, a_hole_waits_at_its_station_while_the_agent_drains) {
  const auto say = [this](std::uint64_t receipted, std::uint64_t dropped, std::uint64_t waiting) {
    health({{"e1", 5000, receipted, 0, dropped, waiting}});
    fold_log();
  };
  reading(5000, kNoonMs, bikes(1));  // live, before the backlog
  say(1, 0, 4999);
  json ledger = station();
  EXPECT_EQ(ledger["waiting"], 4999);
  EXPECT_EQ(ledger["missing"], 0);
  EXPECT_EQ(ledger["accepted"], 5000);
  EXPECT_EQ(ledger["accounts"][0]["waiting"], 4999);
  say(1, 1999, 3000);
  EXPECT_EQ(station()["waiting"], 3000);
  EXPECT_EQ(station()["dropped"], 1999);
  EXPECT_EQ(station()["missing"], 0);
  say(5000, 0, 0);
  EXPECT_EQ(station()["waiting"], 0);
  EXPECT_EQ(station()["missing"], 4999);
}

TEST_F(LedgerTest, holes_are_told_by_seq_and_by_time) {
  reading(1, kNoonMs, bikes(1));
  reading(5, kNoonMs + 5000, bikes(1), "agent-a", "e1", Stream::kWeather);
  fold_log();
  const json account = station()["accounts"][0];
  EXPECT_EQ(account["missing_ranges"], json::parse("[[2,4]]"));
  EXPECT_EQ(account["missing_between"], json::parse(R"([["2026-11-20T12:00:00.000Z","2026-11-20T12:00:05.000Z"]])"));
  EXPECT_FALSE(account["closed"]);
}

TEST_F(LedgerTest, a_closed_epoch_says_what_was_lost) {
  reading(1, kNoonMs, bikes(1));
  reading(1, kNoonMs + 1, R"({"epoch":"e1","ranges":[[2,9]],"reason":"epoch_closed","last_seq":10})", "agent-a", "e2",
          Stream::kLoss);
  fold_log();
  const json accounts = station()["accounts"];
  EXPECT_TRUE(accounts[0]["closed"]);
  EXPECT_EQ(accounts[0]["dropped_ranges"], json::parse("[[2,9]]"));
  EXPECT_EQ(accounts[0]["missing_ranges"], json::parse("[[10,10]]"));
  EXPECT_FALSE(accounts[1]["closed"]);
}

TEST_F(LedgerTest, a_strangers_account_stays_out_of_the_stations_sums) {
  reading(1, kNoonMs, bikes(1));
  reading(7, kNoonMs, bikes(1), "agent-b", "b1");
  fold_log();
  json ledger = station();
  EXPECT_EQ(ledger["accepted"], 1);
  EXPECT_EQ(ledger["refused"], 0);
  EXPECT_TRUE(ledger["accounts"][1]["stranger"]);
}

TEST_F(LedgerTest, a_hole_is_missing_only_when_its_agent_does_not_hold_the_reading) {
  const auto say = [this](std::uint64_t receipted, std::uint64_t dropped, std::uint64_t waiting) {
    health({{"e1", 12, receipted, 0, dropped, waiting}});
    fold_log();
    LedgerPlace place;
    auto ledger = ledger_agents_json(*database_, place, 100);
    EXPECT_TRUE(ledger.ok());
    return ledger.ok() ? *ledger : std::string();
  };
  for (const std::uint64_t seq : {1U, 2U, 10U}) reading(seq, kNoonMs, bikes(1));  // 10 has overtaken 3 to 9; 11 and 12 are new
  const std::string all_wait = R"("accepted":12,"received":3,"refused":0,"dropped":0,"waiting":9,"missing":0)";
  EXPECT_NE(say(3, 0, 9).find(all_wait), std::string::npos) << say(3, 0, 9);
  const std::string not_stated_yet = R"("accepted":12,"received":3,"refused":0,"dropped":4,"waiting":5,"missing":0)";
  EXPECT_NE(say(3, 4, 5).find(not_stated_yet), std::string::npos) << say(3, 4, 5);
  const std::string lost = R"("accepted":12,"received":3,"refused":0,"dropped":0,"waiting":2,"missing":7)";
  EXPECT_NE(say(12, 0, 0).find(lost), std::string::npos) << say(12, 0, 0);
}

TEST_F(LedgerTest, a_reading_that_central_refused_hides_no_lost_one) {
  reading(1, kNoonMs, bikes(1));
  reading(2, kNoonMs + 3'600'000, bikes(1));  // receipted, refused here
  health({{"e1", 3, 2, 0, 0, 0}});            // the third died with the agent's memory
  fold_log();
  LedgerPlace place;
  auto ledger = ledger_agents_json(*database_, place, 100);
  ASSERT_TRUE(ledger.ok());
  const std::string lost = R"("accepted":3,"received":1,"refused":1,"dropped":0,"waiting":0,"missing":1)";
  EXPECT_NE(ledger->find(lost), std::string::npos) << *ledger;
}

TEST_F(LedgerTest, pages_tell_every_station_and_every_epoch_once) {
  for (int number = 0; number < 7; ++number) {
    Reading reading;
    reading.station_id = "s" + std::to_string(number);
    reading.epoch = "e" + std::to_string(number % 3);
    reading.seq = 1;
    reading.observed_at = UtcTime{kNoonMs};
    reading.values = bikes(1);
    record("station-status", reading.station_id, encode_reading(reading), number < 4 ? "agent-a" : "agent-b");
  }
  fold_log();
  std::multiset<std::string> stations;
  std::multiset<std::string> epochs;
  LedgerPlace place;
  int pages = 0;
  while (!place.at_end()) {
    ASSERT_LT(++pages, 20);
    auto agents = ledger_agents_json(*database_, place, 2);
    auto rows = ledger_stations_json(*database_, place, 2, kToday);
    ASSERT_TRUE(agents.ok() && rows.ok());
    const json page = json::parse("{" + *agents + "," + *rows + "}");
    EXPECT_EQ(page["totals"]["received"], 7);
    std::size_t told = 0;
    for (const json& agent : page["agents"]) {
      for (const json& epoch : agent["epochs"]) {
        epochs.insert(agent["agent"].get<std::string>() + epoch["epoch"].get<std::string>());
        ++told;
      }
    }
    EXPECT_LE(told, 2U);
    for (const json& row : page["stations"]) stations.insert(row["station_id"].get<std::string>());
  }
  EXPECT_EQ(stations.size(), 7U);
  EXPECT_EQ(std::set(stations.begin(), stations.end()).size(), 7U);
  EXPECT_EQ(epochs, (std::multiset<std::string>{"agent-ae0", "agent-ae1", "agent-ae2", "agent-be0", "agent-be1", "agent-be2"}));
}

}  // namespace
}  // namespace wayside::central
