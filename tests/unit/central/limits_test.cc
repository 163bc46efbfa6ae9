// Proves that no agent can make central's ledger absurd or its store endless: numbers beyond what the agent can have
// accepted and items over a limit are refused by name, honest ones never, and sums do not overflow.
#include <nlohmann/json.hpp>

#include "central/account_query.h"
#include "tests/unit/central/fold_fixture.h"

namespace wayside::central {
namespace {

using nlohmann::json;

class LimitsTest : public FoldTest {
 protected:
  Record& say(std::uint64_t accepted, std::int64_t at_ms = kNoonMs) {
    Record& said = health({{"e1", accepted, accepted, 0, 0, 0}}, at_ms);
    said.timestamp = UtcTime{at_ms};
    return said;
  }
  void reading_of(const std::string& station, std::uint64_t seq, const std::string& agent = "agent-a",
                  const std::string& epoch = "e1") {
    Reading reading;
    reading.station_id = station;
    reading.epoch = epoch;
    reading.seq = seq;
    reading.observed_at = UtcTime{kNoonMs};
    reading.values = bikes(1);
    record("station-status", station, encode_reading(reading), agent);
  }
  std::int64_t refused() { return number("SELECT coalesce(sum(times), 0) FROM quarantine WHERE reason = 'out_of_range'"); }
  json totals() {
    LedgerPlace place;
    auto agents = ledger_agents_json(*database_, place, 100);
    EXPECT_TRUE(agents.ok()) << (agents.ok() ? "" : agents.error().message);
    return agents.ok() ? json::parse("{" + *agents + "}")["totals"] : json();
  }
};

TEST_F(LimitsTest, a_number_that_the_agent_cannot_have_given_is_refused_and_counted_nowhere) {
  reading(1, kNoonMs, bikes(1));
  reading(kSeqMax, kNoonMs, bikes(1));
  reading_of("73", kSeqMax);
  dead_letter(kSeqMax - 1);
  fold_log();
  EXPECT_EQ(book(), "1 1 0 0 0 0");
  EXPECT_EQ(number("SELECT count(*) FROM account"), 1);
  EXPECT_EQ(refused(), 3);
}

TEST_F(LimitsTest, health_that_cannot_be_true_is_refused_whole) {
  say(kSeqMax);
  fold_log();
  EXPECT_EQ(number("SELECT count(*) FROM agent_epoch"), 0);
  EXPECT_EQ(refused(), 1);
  say(1'000'000'000);  // ten years of 3 readings a second
  say(1'000'000'000'000);
  fold_log();
  EXPECT_EQ(number("SELECT accepted FROM agent_epoch"), 1'000'000'000);
  EXPECT_EQ(refused(), 2);
}

TEST_F(LimitsTest, an_honest_agents_readings_pass_however_late_its_word_is) {
  constexpr std::uint64_t kSaid = 5'000'000'000;
  constexpr std::uint64_t kInAnHour = 3600U * 20'000;
  say(kSaid);
  reading(kSaid + kInAnHour, kNoonMs + 3'600'000, bikes(1)).timestamp = UtcTime{kNoonMs + 3'600'000};
  reading(1, kNoonMs - kDayMs, bikes(1)).timestamp = UtcTime{kNoonMs - kDayMs};  // Kafka's topics are not read in step
  fold_log();
  EXPECT_EQ(number("SELECT received_n FROM account"), 2);
  EXPECT_EQ(refused(), 0);
  reading(100 * kSaid, kNoonMs + 3'600'000, bikes(1));
  fold_log();
  EXPECT_EQ(refused(), 1);
}

TEST_F(LimitsTest, sums_do_not_overflow_whatever_the_books_say) {
  reading(1, kNoonMs, bikes(1));
  fold_log();
  ASSERT_TRUE(database_
                  ->execute("WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 1300) "
                            "INSERT INTO account (station_pk, agent_pk, epoch, opened_at_seq, last_seq, accepted_n, missing_n) "
                            "SELECT i, 1, 'e1', 1, 9007199254740991, 9007199254740991, 9007199254740991 FROM n")
                  .ok());
  EXPECT_EQ(totals()["received"], 1);
  EXPECT_EQ(totals()["missing"], kSeqMax);
  EXPECT_EQ(totals()["accepted"], kSeqMax);
}

TEST_F(LimitsTest, stations_and_agents_have_limits_that_outlast_a_restart) {
  FoldOptions options;
  options.limits.stations = 4;
  options.limits.stations_of_agent = 2;
  options.limits.agents = 3;
  open("cluster-a", options);
  for (const char* station : {"1", "2", "3"}) reading_of(station, 1);
  EXPECT_EQ(fold_log().counts.limited, 1U);
  open("cluster-a", options);
  reading_of("3", 1);
  for (const char* station : {"4", "5", "6"}) reading_of(station, 1, std::string("agent-b") + station);
  reading_of("1", 2);  // what is known goes on
  fold_log();
  EXPECT_EQ(text("SELECT group_concat(station_id) FROM station"), "1,2,4,5");
  EXPECT_EQ(number("SELECT count(*) FROM agent"), 3);
  EXPECT_EQ(number("SELECT received_n FROM account WHERE station_pk = 1"), 2);
  EXPECT_EQ(refused(), 3);
}

TEST_F(LimitsTest, a_stations_epochs_have_a_limit_for_each_agent) {
  FoldOptions options;
  options.limits.epochs = 2;
  open("cluster-a", options);
  for (const char* epoch : {"x1", "x2", "x3"}) reading(1, kNoonMs, bikes(1), "agent-x", epoch);
  fold_log();
  reading(1, kNoonMs, bikes(1), "agent-a", "e1");
  fold_log();
  EXPECT_EQ(number("SELECT count(*) FROM account JOIN agent USING (agent_pk) WHERE name = 'agent-x'"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM account JOIN agent USING (agent_pk) WHERE name = 'agent-a'"), 1);
  reading(2, kNoonMs, R"({"epoch":"x4","ranges":[[1,2]],"reason":"epoch_closed","last_seq":2})", "agent-x", "x1",
          Stream::kLoss);
  fold_log();
  EXPECT_EQ(number("SELECT count(*) FROM account WHERE epoch = 'x4'"), 0);
  EXPECT_EQ(number("SELECT sum(dropped_n) FROM account"), 0);
}

TEST_F(LimitsTest, an_account_at_its_limit_of_ranges_takes_what_fills_a_hole_or_goes_on) {
  FoldOptions options;
  options.limits.ranges = 3;
  open("cluster-a", options);
  for (const std::uint64_t seq : {1U, 3U, 5U, 7U}) reading(seq, kNoonMs + static_cast<std::int64_t>(seq), bikes(1));
  for (const std::uint64_t seq : {6U, 2U}) reading(seq, kNoonMs + static_cast<std::int64_t>(seq), bikes(1));
  fold_log();
  EXPECT_EQ(book(), "6 5 0 0 1 0");
  EXPECT_EQ(refused(), 1);
}

}  // namespace
}  // namespace wayside::central
