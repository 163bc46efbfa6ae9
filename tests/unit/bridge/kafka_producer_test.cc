// Proves what the producer says about each way a record can go: taken, refused, in doubt. Against librdkafka's mock
// cluster with errors put into its answers.
#include "bridge/kafka_producer.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka_mock.h>

namespace wayside::bridge {
namespace {

constexpr int kApiProduce = 0;  // Kafka's protocol: ProduceRequest
constexpr UtcTime kTime{1'795'000'000'123};

struct MockDestroy {
  void operator()(rd_kafka_mock_cluster_t* cluster) const { rd_kafka_mock_cluster_destroy(cluster); }
};

class KafkaProducerTest : public testing::Test {
 protected:
  void SetUp() override {
    host_ = std::move(*make_kafka(RD_KAFKA_PRODUCER, KafkaConf(rd_kafka_conf_new())));
    cluster_.reset(rd_kafka_mock_cluster_new(host_.get(), 1));
    rd_kafka_mock_topic_create(cluster_.get(), "weather", 3, 1);
    settings_.brokers = rd_kafka_mock_cluster_bootstraps(cluster_.get());
    auto made = KafkaProducer::create(settings_, "test", [this](std::chrono::milliseconds) { return patience_-- > 0; });
    ASSERT_TRUE(made.ok());
    producer_ = std::move(*made);
  }

  static Record reading(std::string_view key, std::optional<std::string_view> value) {
    return {"weather", key, value, "demo", "weather", kTime};
  }
  void answer_produce_with(rd_kafka_resp_err_t error) {
    rd_kafka_mock_push_request_errors(cluster_.get(), kApiProduce, 1, error);
  }

  int patience_ = 300;  // tenths of a second
  BridgeKafkaSettings settings_;
  KafkaHandle host_;
  std::unique_ptr<rd_kafka_mock_cluster_t, MockDestroy> cluster_;
  std::unique_ptr<KafkaProducer> producer_;
};

TEST_F(KafkaProducerTest, delivers_everything_that_was_added) {
  for (int i = 0; i < 1000; ++i) producer_->add(reading(std::to_string(i), "{}"));
  const auto refused = producer_->deliver();
  ASSERT_TRUE(refused.ok()) << refused.error().message;
  EXPECT_TRUE(refused->empty());
  EXPECT_EQ(producer_->delivered_total(), 1000U);
  EXPECT_EQ(producer_->in_flight(), 0U);
}

TEST_F(KafkaProducerTest, returns_a_refused_record_whole_and_can_go_on) {
  producer_->add(reading("a", "first"));
  ASSERT_TRUE(producer_->deliver().ok());
  answer_produce_with(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
  producer_->add(reading("72", "too much"));
  const auto refused = producer_->deliver();
  ASSERT_TRUE(refused.ok()) << refused.error().message;
  ASSERT_EQ(refused->size(), 1U);
  const RefusedRecord& record = refused->front();
  EXPECT_EQ(record.topic, "weather");
  EXPECT_EQ(record.key, "72");
  EXPECT_EQ(record.value, "too much");
  EXPECT_EQ(record.agent, "demo");
  EXPECT_EQ(record.stream, "weather");
  EXPECT_EQ(record.time, kTime);
  producer_->add(record.record());
  const auto again = producer_->deliver();
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_TRUE(again->empty());
  EXPECT_EQ(producer_->delivered_total(), 2U);
}

TEST_F(KafkaProducerTest, a_refused_tombstone_stays_one) {
  answer_produce_with(RD_KAFKA_RESP_ERR_INVALID_RECORD);
  producer_->add(reading("72", std::nullopt));
  const auto refused = producer_->deliver();
  ASSERT_TRUE(refused.ok());
  ASSERT_EQ(refused->size(), 1U);
  EXPECT_FALSE(refused->front().value.has_value());
}

TEST_F(KafkaProducerTest, refuses_what_is_too_large_before_sending_it) {
  const std::string large(2'000'000, 'x');
  producer_->add(reading("72", large));
  const auto refused = producer_->deliver();
  ASSERT_TRUE(refused.ok());
  ASSERT_EQ(refused->size(), 1U);
  EXPECT_EQ(refused->front().value, large);
}

TEST_F(KafkaProducerTest, missing_rights_are_doubt) {
  answer_produce_with(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  producer_->add(reading("72", "{}"));
  EXPECT_FALSE(producer_->deliver().ok());
  EXPECT_TRUE(producer_->failed());
  producer_->add(reading("72", "{}"));  // ignored
  EXPECT_FALSE(producer_->deliver().ok());
}

TEST_F(KafkaProducerTest, a_fatal_error_is_doubt) {
  producer_->add(reading("72", "{}"));
  rd_kafka_test_fatal_error(producer_->handle(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "made up");
  const auto refused = producer_->deliver();
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("fatal"), std::string::npos) << refused.error().message;
  EXPECT_TRUE(producer_->failed());
}

TEST_F(KafkaProducerTest, gives_up_only_when_told_to_and_then_in_doubt) {
  producer_->add(reading("a", "{}"));
  ASSERT_TRUE(producer_->deliver().ok());
  rd_kafka_mock_broker_set_down(cluster_.get(), 1);
  patience_ = 3;
  producer_->add(reading("72", "{}"));
  EXPECT_FALSE(producer_->deliver().ok());
  EXPECT_TRUE(producer_->failed());
  EXPECT_EQ(patience_, -1);
}

TEST_F(KafkaProducerTest, delivers_when_the_broker_comes_back) {
  producer_->add(reading("a", "{}"));
  ASSERT_TRUE(producer_->deliver().ok());
  rd_kafka_mock_broker_set_down(cluster_.get(), 1);
  producer_->add(reading("72", "{}"));
  rd_kafka_mock_broker_set_up(cluster_.get(), 1);
  ASSERT_TRUE(producer_->deliver().ok());
  EXPECT_EQ(producer_->delivered_total(), 2U);
}

}  // namespace
}  // namespace wayside::bridge
