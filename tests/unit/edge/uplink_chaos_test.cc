// Proves that every accepted reading gets its receipt once, by random: messages and receipts are lost, late, repeated and out
// of order, connections drop, the disk is full, the agent is killed.
#include <sys/resource.h>

#include <csignal>
#include <map>
#include <set>
#include <tuple>

#include "tests/unit/edge/uplink_fixture.h"
#include "tests/unit/seeded.h"

namespace wayside::edge {
namespace {

/// Broker, bridge and Kafka of the random test.
class Chaos : public UplinkTest {
 protected:
  using Number = std::tuple<std::string, std::string, std::uint64_t>;  // station, epoch, seq

  void step() {
    switch (random_.number(0, 9)) {
      case 0:
      case 1:
      case 2: accept_some(); break;
      case 3: link_->online ? link_->disconnect() : link_->connect(); break;
      case 4:
        if (random_.one_in(6)) restart();
        break;
      case 5: pass(static_cast<std::int64_t>(random_.number(0, 50'000))); break;
      case 6: trim(); break;
      case 7: accept_in_vain(); break;
      default: break;
    }
    carry(random_.one_in(4), random_.one_in(3));
  }

  void accept_some() {
    for (std::uint64_t count = random_.number(1, 8); count > 0; --count) {
      accept("s" + std::to_string(random_.number(1, 3)), ++accepted_, random_.number(0, 9) > 0);
    }
  }

  /// The disk is full: the device gets an error, and nothing of it may ever be published.
  void accept_in_vain() {
    rlimit old_limit{};
    getrlimit(RLIMIT_FSIZE, &old_limit);
    signal(SIGXFSZ, SIG_IGN);
    rlimit full = old_limit;
    full.rlim_cur = 1;
    setrlimit(RLIMIT_FSIZE, &full);
    NewReading reading;
    reading.observation = {"s" + std::to_string(random_.number(1, 4)), Stream::kWeather, UtcTime{1}, "{\"n\":-1}"};
    reading.stamp = {UtcTime{1}, ClockQuality::kSynced, {}};
    const std::vector<NewReading> group{reading, reading};
    EXPECT_FALSE(outbox_->accept(group, {}).ok());
    pass(0);
    setrlimit(RLIMIT_FSIZE, &old_limit);
  }

  void restart() {
    kill();
    late_.clear();
    open();
    ASSERT_TRUE(outbox_->date_readings(0, UtcTime{0}).ok());
    uplink_->outbox_dated();
  }

  void trim() { ASSERT_TRUE(outbox_->trim().ok()); }

  /// Takes what was published to the bridge and its receipts back, unless something is lost on the way.
  void carry(bool lose_messages, bool lose_receipts) {
    for (const auto& message : link_->take_sent()) {
      if (!message.is_reading()) {
        if (link_->online) link_->acknowledge(message);
        continue;
      }
      note(message);
      const bool unheard = random_.one_in(20);
      if (link_->online) link_->acknowledge(message, unheard ? PublishOutcome::kNoSubscriber : PublishOutcome::kTaken);
      if (unheard || (lose_messages && random_.one_in(2))) continue;
      const auto json = message.json();
      Receipt answer;
      answer.epoch = json["epoch"];
      answer.stations[json["station_id"].get<std::string>()].insert(json["seq"].get<std::uint64_t>());
      if (random_.one_in(10)) answer.now = clock_.wall();
      late_.insert(late_.begin() + static_cast<std::ptrdiff_t>(random_.number(0, late_.size())), answer);
    }
    for (std::uint64_t count = random_.number(0, late_.size()); count > 0 && link_->online; --count) {
      const Receipt answer = late_.front();
      late_.erase(late_.begin());
      if (lose_receipts && random_.one_in(2)) continue;
      receive(answer);
      if (random_.one_in(8)) receive(answer);
    }
    EXPECT_LE(uplink_->in_flight(), options_.window);
  }

  void note(const FakeLink::Message& message) {
    const auto json = message.json();
    const Number number{json["station_id"], json["epoch"], json["seq"]};
    const int n = json["values"]["n"];
    EXPECT_GT(n, 0) << "published without being accepted";
    published_.insert(n);
    const auto [known, fresh] = content_.try_emplace(number, n);
    EXPECT_EQ(known->second, n) << "a number given twice";
  }

  /// From here on nothing is lost: all must arrive within the time that the resend rules allow.
  void settle() {
    if (!link_->online) link_->connect();
    ASSERT_TRUE(outbox_->date_readings(0, UtcTime{0}).ok());
    uplink_->outbox_dated();
    for (int round = 0; round < 2'000 && outbox_->waiting() > 0; ++round) {
      for (const auto& message : link_->take_sent()) {
        if (!message.is_reading()) {
          link_->acknowledge(message);
          continue;
        }
        note(message);
        const auto json = message.json();
        Receipt answer;
        answer.epoch = json["epoch"];
        answer.stations[json["station_id"].get<std::string>()].insert(json["seq"].get<std::uint64_t>());
        receive(answer);
      }
      trim();
      pass(1'000);
    }
  }

  test::Seeded random_;
  int accepted_ = 0;
  std::vector<Receipt> late_;
  std::set<int> published_;
  std::map<Number, int> content_;
};

TEST_F(Chaos, every_accepted_reading_is_receipted_exactly_once) {
  options_.window = 8;
  kill();
  open();
  for (int i = 0; i < 400; ++i) step();
  settle();
  ASSERT_EQ(outbox_->waiting(), 0U);
  EXPECT_EQ(published_.size(), static_cast<std::size_t>(accepted_));
  EXPECT_EQ(content_.size(), static_cast<std::size_t>(accepted_)) << "a reading under two numbers";
  std::uint64_t shown = 0;
  for (const EpochAccount& account : outbox_->accounts()) {
    EXPECT_EQ(account.receipted, account.accepted);
    shown += account.accepted;
  }
  std::set<std::string> epochs;
  for (const auto& [number, n] : content_) epochs.insert(std::get<1>(number));
  if (epochs.size() <= 8) {  // health does not show more settled ones
    EXPECT_EQ(shown, static_cast<std::uint64_t>(accepted_));
  }
}

}  // namespace
}  // namespace wayside::edge
