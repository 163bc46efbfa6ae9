// Proves the event stream's promises with exchanges in memory: a snapshot then deltas, ids that resume, and a limit for
// viewers that do not keep up.
#include "central/event_hub.h"

#include <gtest/gtest.h>

namespace wayside::central {
namespace {

constexpr UtcTime kNow{1'795'176'000'000};

class FakeExchange final : public HttpExchange {
 public:
  const HttpRequest& request() const override { return request_; }
  void respond(HttpResponse) override {}
  void start_stream(HttpResponse) override {}
  void send(std::shared_ptr<const std::string> bytes) override {
    sent += *bytes;
    if (stuck) queued += bytes->size();
  }
  void finish_stream() override {}
  void abort() override {
    aborted = true;
    if (const auto callback = std::exchange(closed_, nullptr)) callback();
  }
  std::size_t queued_bytes() const override { return queued; }
  void on_closed(std::function<void()> callback) override { closed_ = std::move(callback); }
  void on_drained(std::function<void()>) override {}

  std::string sent;
  bool stuck = false;
  bool aborted = false;
  std::size_t queued = 0;

 private:
  HttpRequest request_;
  std::function<void()> closed_;
};

class EventHubTest : public ::testing::Test {
 protected:
  void change(const std::string& id) {
    StationChange change;
    change.station_id = id;
    std::vector<StationChange> changes;
    changes.push_back(change);
    board_.apply(std::move(changes), kNow);
  }
  std::shared_ptr<FakeExchange> view(const std::string& last_event_id = "") {
    auto exchange = std::make_shared<FakeExchange>();
    EXPECT_TRUE(hub_->add_viewer(exchange, last_event_id, {}, kNow));
    return exchange;
  }
  void make_hub(std::size_t kept_max = 100) {
    EventHubOptions options;
    options.database_id = "db";
    options.first_event = 7;
    options.kept_deltas_max = kept_max;
    options.queue_bytes_max = 1000;
    options.viewers_max = 3;
    hub_ = std::make_unique<EventHub>(board_, options);
  }
  void SetUp() override { make_hub(); }

  Board board_{300};
  std::unique_ptr<EventHub> hub_;
};

TEST_F(EventHubTest, a_viewer_gets_a_snapshot_and_then_deltas) {
  change("a");
  hub_->flush(kNow);
  const auto viewer = view();
  EXPECT_NE(viewer->sent.find("id: db-8\nevent: snapshot\n"), std::string::npos);
  EXPECT_NE(viewer->sent.find("\"database_id\":\"db\""), std::string::npos);
  change("b");
  change("b");
  hub_->flush(kNow);
  hub_->flush(kNow);
  EXPECT_NE(viewer->sent.find("id: db-9\nevent: delta\n"), std::string::npos);
  EXPECT_EQ(viewer->sent.find("db-10"), std::string::npos);
}

TEST_F(EventHubTest, a_known_id_resumes_without_a_snapshot) {
  for (const char* id : {"a", "b", "c"}) {
    change(id);
    hub_->flush(kNow);
  }
  const auto viewer = view("db-8");
  EXPECT_EQ(viewer->sent.find("snapshot"), std::string::npos);
  EXPECT_EQ(viewer->sent.find("id: db-8\n"), std::string::npos);
  EXPECT_NE(viewer->sent.find("id: db-9\n"), std::string::npos);
  EXPECT_NE(viewer->sent.find("id: db-10\n"), std::string::npos);
  EXPECT_EQ(view("db-10")->sent, "");
}

TEST_F(EventHubTest, an_unknown_id_gets_a_snapshot) {
  make_hub(1);
  for (const char* id : {"a", "b", "c"}) {
    change(id);
    hub_->flush(kNow);
  }
  for (const char* id : {"other-9", "db-8", "db-11", "db-", "db-9x"}) {
    const auto viewer = view(id);
    EXPECT_NE(viewer->sent.find("event: snapshot"), std::string::npos) << id;
    viewer->abort();
  }
  EXPECT_EQ(hub_->counters().snapshots_total, 5U);
}

TEST_F(EventHubTest, a_shared_snapshot_is_followed_by_the_deltas_since) {
  change("a");
  hub_->flush(kNow);
  view();
  change("b");
  hub_->flush(kNow);
  const auto viewer = view();
  EXPECT_NE(viewer->sent.find("id: db-8\nevent: snapshot"), std::string::npos);
  EXPECT_NE(viewer->sent.find("id: db-9\nevent: delta"), std::string::npos);
}

TEST_F(EventHubTest, a_viewer_that_does_not_keep_up_is_dropped) {
  const auto slow = view();
  const auto quick = view();
  slow->stuck = true;
  for (int i = 0; i < 20; ++i) {
    change("a");
    hub_->flush(kNow);
  }
  EXPECT_TRUE(slow->aborted);
  EXPECT_FALSE(quick->aborted);
  EXPECT_EQ(hub_->counters().slow_dropped_total, 1U);
  EXPECT_EQ(hub_->counters().viewers, 1U);
}

TEST_F(EventHubTest, viewers_over_the_limit_are_refused) {
  view();
  view();
  view();
  EXPECT_FALSE(hub_->add_viewer(std::make_shared<FakeExchange>(), "", {}, kNow));
  hub_->close();
  EXPECT_EQ(hub_->counters().viewers, 0U);
}

}  // namespace
}  // namespace wayside::central
