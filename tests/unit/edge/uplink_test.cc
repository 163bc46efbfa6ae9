// Proves what the uplink publishes and when, with a real outbox, a fake link and a fake clock.
#include "tests/unit/edge/uplink_fixture.h"

namespace wayside::edge {
namespace {

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

TEST_F(UplinkTest, information_nobody_announces_any_more_is_not_told_again_after_a_restart) {
  ASSERT_TRUE(outbox_->remember_info("a", R"({"station_id":"a"})"));
  ASSERT_TRUE(outbox_->remember_info("b", R"({"station_id":"b"})"));
  ASSERT_TRUE(outbox_->trim().ok());
  kill();
  open();
  EXPECT_TRUE(outbox_->remember_info("b", R"({"station_id":"b"})")) << "the first word of this process";
  EXPECT_FALSE(outbox_->remember_info("b", R"({"station_id":"b"})"));
  link_->connect();
  const auto sent = link_->take_sent();
  ASSERT_EQ(sent.size(), 2U) << "health and one information";
  EXPECT_EQ(sent[1].topic, "wayside/v1/north/b/info");
}

TEST_F(UplinkTest, a_retired_station_is_told_with_an_empty_retained_payload) {
  outbox_->remember_info("a", R"({"station_id":"a"})");
  outbox_->forget_info("a");
  link_->connect();
  const auto sent = link_->take_sent();
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].topic, "wayside/v1/north/a/info");
  EXPECT_TRUE(sent[1].retain);
  EXPECT_TRUE(sent[1].payload.empty());
  EXPECT_TRUE(outbox_->remember_info("a", R"({"station_id":"a"})")) << "it may come back";
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

TEST_F(UplinkTest, a_reading_the_broker_never_takes_is_stated_as_a_loss_and_blocks_nothing) {
  link_->bytes_max = 1'000;
  link_->connect();
  accept("a", 1);
  accept_large("a");
  accept("a", 3);
  std::vector<LossStatement> losses;
  Ns numbers;
  for (const auto& message : link_->take_sent()) {
    if (message.topic.ends_with("/loss")) losses.push_back(*parse_loss(message.json()["values"].dump()));
    if (message.topic.ends_with("/weather")) numbers.push_back(message.json()["values"]["n"]);
  }
  EXPECT_EQ(numbers, (Ns{1, 3}));
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_EQ(losses[0].reason, "unpublishable");
  EXPECT_EQ(losses[0].ranges, (std::vector<SeqRange>{{2, 2}}));
  EXPECT_EQ(uplink_->in_flight(), 3U);
  EXPECT_EQ(uplink_->unpublishable().count, 1U);
  EXPECT_NE(uplink_->unpublishable().last.find("wayside/v1/north/a/weather"), std::string::npos);
  const EpochAccount account = outbox_->accounts().front();
  EXPECT_EQ(account.dropped, 1U);
  EXPECT_EQ(account.accepted, account.waiting + account.dropped);
}

TEST_F(UplinkTest, a_loss_statement_the_broker_never_takes_is_not_stated_again) {
  link_->bytes_max = 20;
  link_->connect();
  accept_large("a");
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(outbox_->trim().ok());
    pass(1'000);
  }
  const EpochAccount account = outbox_->accounts().front();
  EXPECT_EQ(account.accepted, 2U);
  EXPECT_EQ(account.dropped, 2U);
}

TEST_F(UplinkTest, information_the_broker_never_takes_blocks_no_reading) {
  ASSERT_TRUE(outbox_->remember_info("a", "{\"name\":\"" + std::string(5'000, 'x') + "\"}"));
  ASSERT_TRUE(outbox_->remember_info("b", R"({"station_id":"b"})"));
  accept("a", 1);
  link_->bytes_max = 1'000;
  link_->connect();
  pass(3'000);
  const auto first = link_->take_sent();
  ASSERT_EQ(first.back().topic, "wayside/v1/north/b/info");
  link_->acknowledge(first.back());
  EXPECT_EQ(published(), Ns{1});
  EXPECT_TRUE(uplink_->announced());
  EXPECT_EQ(uplink_->unpublishable().count, 1U);
}

TEST_F(UplinkTest, the_bridges_answer_to_health_opens_the_window_as_well) {
  link_->connect();
  accept_all(1, 3);
  published();
  pass(40'000);
  EXPECT_EQ(published(), Ns{1}) << "the probe";
  accept("a", 4);
  EXPECT_EQ(published(), Ns{});
  Receipt now;
  now.now = UtcTime{5};
  receive(now);
  EXPECT_EQ(published(), Ns{4});
}

TEST_F(UplinkTest, rubbish_from_the_broker_changes_nothing) {
  link_->connect();
  accept("a", 1);
  for (const char* text : {"", "[]", "{", "{\"epoch\":7}", "{\"epoch\":\"x\",\"stations\":{\"a\":[[5,1]]}}"})
    link_->receive(text);
  EXPECT_EQ(uplink_->in_flight(), 1U);
}

}  // namespace
}  // namespace wayside::edge
