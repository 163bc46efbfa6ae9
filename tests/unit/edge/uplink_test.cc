// Proves what the uplink publishes and when, with a real outbox, a fake link and a fake clock: the test is broker and
// bridge. The random test at the end loses, delays, repeats and reorders receipts, drops connections, fills the disk and
// kills the agent.
#include "edge/uplink.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <map>
#include <set>

#include "common/contract/receipt.h"
#include "tests/unit/edge/fake_link.h"
#include "tests/unit/seeded.h"

namespace wayside::edge {
namespace {

class UplinkTest : public testing::Test {
 protected:
  UplinkTest() {
    char pattern[] = "/tmp/wayside-uplink-XXXXXX";
    folder_ = mkdtemp(pattern);
    options_.agent = "north";
    options_.window = 4;
    options_.backlog_per_s = 1'000;
    open();
  }
  ~UplinkTest() override {
    kill();
    std::filesystem::remove_all(folder_);
  }

  void open() {
    auto opened = Outbox::open(folder_ + "/outbox.db", {}, "boot-1");
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    outbox_ = std::move(*opened);
    auto link = std::make_unique<FakeLink>();
    link_ = link.get();
    loop_ = std::make_unique<boost::asio::io_context>();
    uplink_ = std::make_unique<Uplink>(*loop_, clock_, *outbox_, std::move(link), options_,
                                       UplinkEvents{[] { return "{}"; }, [this](UtcTime now) { times_.push_back(now); }});
    uplink_->start();
  }
  /// As kill -9 does: nothing is closed.
  void kill() {
    uplink_.reset();
    outbox_.reset();
    loop_.reset();
  }

  void accept(const std::string& station, int n, bool dated = true) {
    NewReading reading;
    reading.observation = {station, Stream::kWeather, UtcTime{n}, "{\"n\":" + std::to_string(n) + "}"};
    reading.stamp =
        dated ? Stamp{UtcTime{n}, ClockQuality::kSynced, {}} : Stamp{std::nullopt, ClockQuality::kUnknown, MonoTime{n}};
    const std::vector<NewReading> group{reading};
    ASSERT_TRUE(outbox_->accept(group, {}).ok());
    uplink_->outbox_grew();
  }
  void accept_all(int first, int last) {
    for (int n = first; n <= last; ++n) accept("a", n);
  }

  /// The `n` of the readings published since the last call, in order.
  std::vector<int> published() {
    std::vector<int> numbers;
    for (const auto& message : link_->take_sent()) {
      if (!message.is_reading()) continue;
      last_ = message;
      numbers.push_back(message.json()["values"]["n"]);
    }
    return numbers;
  }

  Receipt receipt(std::uint64_t first, std::uint64_t last, const std::string& station = "a") {
    Receipt receipt;
    receipt.epoch = outbox_->epoch();
    receipt.stations[station].insert(SeqRange{first, last});
    return receipt;
  }
  void receive(const Receipt& receipt) {
    for (const std::string& text : encode_receipt(receipt)) link_->receive(text);
  }
  void pass(std::int64_t ms) {
    clock_.now += MonoTime{ms};
    uplink_->outbox_grew();
  }

  using Ns = std::vector<int>;
  std::string folder_;
  FakeClock clock_;
  UplinkOptions options_;
  std::unique_ptr<boost::asio::io_context> loop_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<Uplink> uplink_;
  FakeLink* link_ = nullptr;
  std::vector<UtcTime> times_;
  FakeLink::Message last_;
};

TEST_F(UplinkTest, publishes_nothing_before_there_is_a_connection) {
  accept_all(1, 2);
  EXPECT_EQ(published(), Ns{});
  link_->connect();
  pass(2'000);
  EXPECT_EQ(published(), (Ns{1, 2}));
  EXPECT_EQ(last_.topic, "wayside/v1/north/a/weather");
  EXPECT_FALSE(last_.retain);
}

TEST_F(UplinkTest, never_has_more_than_the_window_without_receipt) {
  link_->connect();
  accept_all(1, 10);
  EXPECT_EQ(published(), (Ns{1, 2, 3, 4}));
  receive(receipt(1, 2));
  EXPECT_EQ(published(), (Ns{5, 6}));
  EXPECT_EQ(uplink_->in_flight(), 4U);
}

TEST_F(UplinkTest, pubacks_alone_free_nothing) {
  link_->connect();
  accept_all(1, 5);
  for (const auto& message : link_->take_sent()) link_->acknowledge(message);
  pass(1'000);
  EXPECT_EQ(published(), Ns{});
  EXPECT_EQ(outbox_->waiting(), 5U);
}

TEST_F(UplinkTest, live_readings_go_before_the_backlog_of_an_outage) {
  accept_all(1, 6);
  link_->connect();
  pass(3'000);  // past the jitter
  EXPECT_EQ(published(), (Ns{1, 2, 3, 4}));
  accept_all(100, 101);
  receive(receipt(1, 3));
  pass(10);  // the backlog's rate allows ten more
  EXPECT_EQ(published(), (Ns{100, 101, 5}));
  receive(receipt(4, 5));
  EXPECT_EQ(published(), Ns{6});
}

TEST_F(UplinkTest, the_backlog_keeps_to_the_rate_that_the_bridge_allows) {
  link_->connect();
  Receipt slow;
  slow.backlog_per_s = 1;
  receive(slow);
  link_->disconnect();
  accept_all(1, 12);
  link_->connect();
  pass(3'000);
  EXPECT_EQ(published(), (Ns{1, 2, 3, 4})) << "as much at once as the window holds";
  receive(receipt(1, 4));
  EXPECT_EQ(published(), Ns{});
  pass(1'000);
  EXPECT_EQ(published(), Ns{5});
}

TEST_F(UplinkTest, station_information_goes_out_retained_and_before_readings) {
  ASSERT_TRUE(outbox_->remember_info("a", R"({"station_id":"a"})"));
  accept("a", 1);
  link_->connect();
  pass(2'000);
  const auto first = link_->take_sent();
  ASSERT_EQ(first.size(), 2U) << "health and information, and no reading before the broker has the information";
  EXPECT_EQ(first[0].topic, "wayside/v1/north/health");
  EXPECT_EQ(first[1].topic, "wayside/v1/north/a/info");
  EXPECT_TRUE(first[1].retain);
  EXPECT_FALSE(uplink_->announced());
  link_->acknowledge(first[1]);
  EXPECT_EQ(published(), Ns{1});
  EXPECT_TRUE(uplink_->announced());
}

TEST_F(UplinkTest, information_that_came_just_before_the_connection_is_not_forgotten) {
  ASSERT_TRUE(outbox_->remember_info("a", R"({"station_id":"a"})"));  // not committed yet
  uplink_->announce("a", R"({"station_id":"a"})");                    // offline
  link_->connect();
  EXPECT_EQ(link_->take_sent().back().topic, "wayside/v1/north/a/info");
}

TEST_F(UplinkTest, sends_everything_without_receipt_again_in_a_new_session) {
  link_->connect();
  accept_all(1, 3);
  receive(receipt(2, 2));
  published();
  link_->disconnect();
  accept("a", 4);
  link_->connect();
  pass(2'000);
  EXPECT_EQ(published(), (Ns{1, 3, 4}));
}

TEST_F(UplinkTest, receipts_settle_the_outbox_and_refusals_are_counted_apart) {
  link_->connect();
  accept_all(1, 3);
  Receipt answer = receipt(1, 2);
  answer.refused["a"].insert(3);
  receive(answer);
  receive(answer);  // twice
  ASSERT_TRUE(outbox_->trim().ok());
  const EpochAccount account = outbox_->accounts().front();
  EXPECT_EQ(account.receipted, 2U);
  EXPECT_EQ(account.refused, 1U);
  EXPECT_EQ(account.waiting, 0U);
}

TEST_F(UplinkTest, stops_when_nobody_subscribes_and_goes_on_at_the_bridges_first_word) {
  link_->connect();
  accept("a", 1);
  link_->acknowledge(link_->take_sent().back(), PublishOutcome::kNoSubscriber);
  accept("a", 2);
  EXPECT_EQ(published(), Ns{});
  Receipt now;
  now.now = UtcTime{5};
  receive(now);
  EXPECT_EQ(published(), (Ns{1, 2}));
  EXPECT_EQ(times_, std::vector<UtcTime>{UtcTime{5}});
}

TEST_F(UplinkTest, probes_with_one_reading_on_silence) {
  link_->connect();
  accept_all(1, 3);
  published();
  pass(40'000);
  EXPECT_EQ(published(), Ns{1});
  accept("a", 4);
  EXPECT_EQ(published(), Ns{}) << "the window waits for the probe's receipt";
  receive(receipt(1, 1));
  EXPECT_EQ(published(), Ns{4});
}

TEST_F(UplinkTest, undated_readings_go_out_when_time_has_come) {
  link_->connect();
  accept("a", 1, false);
  accept("a", 2);
  EXPECT_EQ(published(), Ns{2});
  ASSERT_TRUE(outbox_->date_readings(1'000, UtcTime{0}).ok());
  uplink_->outbox_dated();
  pass(2'000);
  EXPECT_EQ(published(), Ns{1}) << "and what is on its way does not go out twice";
  EXPECT_EQ(last_.json()["clock"], "dated");
}

TEST_F(UplinkTest, a_burst_of_live_readings_is_not_slowed_down_as_a_backlog) {
  link_->connect();
  pass(60'000);
  accept_all(1, 12);
  published();
  receive(receipt(1, 4));
  receive(receipt(5, 8));
  EXPECT_EQ(published(), (Ns{5, 6, 7, 8, 9, 10, 11, 12}));
}

TEST_F(UplinkTest, readings_that_could_not_go_out_for_long_make_way_for_new_ones) {
  link_->connect();
  accept_all(1, 8);
  EXPECT_EQ(published(), (Ns{1, 2, 3, 4}));
  pass(20'000);  // Kafka is away
  receive(receipt(1, 1));
  accept("a", 100);
  EXPECT_EQ(published().front(), 100);
}

TEST_F(UplinkTest, rubbish_from_the_broker_changes_nothing) {
  link_->connect();
  accept("a", 1);
  for (const char* text : {"", "[]", "{", "{\"epoch\":7}", "{\"epoch\":\"x\",\"stations\":{\"a\":[[5,1]]}}"})
    link_->receive(text);
  EXPECT_EQ(uplink_->in_flight(), 1U);
}

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
