// Proves the words about Kafka's durability against DESIGN section 5 (d): three replicas with min.insync.replicas=2, or
// a flush at every message. On hand-made settings.
#include "bridge/topic_settings.h"

#include <gtest/gtest.h>

namespace wayside::bridge {
namespace {

TopicSettings topic(int replicas, std::optional<std::int64_t> insync, std::optional<std::int64_t> flush) {
  TopicSettings out;
  out.name = "weather";
  out.partitions = 12;
  out.replicas = replicas;
  out.min_insync_replicas = insync;
  out.flush_messages = flush;
  out.retention_ms = 7LL * 24 * 3600 * 1000;
  out.cleanup_policy = "delete";
  return out;
}

constexpr std::int64_t kNever = 9'223'372'036'854'775'807;

TEST(TopicSettings, three_replicas_with_two_in_sync_survive_a_power_cut) {
  EXPECT_EQ(survives_power_cut(topic(3, 2, kNever)), true);
  EXPECT_EQ(survives_power_cut(topic(3, 1, kNever)), false);
  EXPECT_TRUE(weaknesses({topic(3, 2, kNever)}).empty());
}

TEST(TopicSettings, one_replica_survives_only_with_a_flush_at_every_message) {
  EXPECT_EQ(survives_power_cut(topic(1, 1, 1)), true);
  EXPECT_EQ(survives_power_cut(topic(1, 1, kNever)), false);
  EXPECT_EQ(survives_power_cut(topic(2, 2, 10'000)), false);
}

TEST(TopicSettings, says_when_it_cannot_know) {
  EXPECT_EQ(survives_power_cut(topic(1, std::nullopt, std::nullopt)), std::nullopt);
  ASSERT_EQ(weaknesses({topic(1, std::nullopt, std::nullopt)}).size(), 1U);
  EXPECT_NE(weaknesses({topic(1, std::nullopt, std::nullopt)})[0].find("not known"), std::string::npos);
}

TEST(TopicSettings, warns_of_short_retention_and_of_a_wrong_clean_up) {
  TopicSettings weak = topic(3, 2, kNever);
  weak.retention_ms = 3'600'000;
  weak.cleanup_policy = "compact";
  EXPECT_EQ(weaknesses({weak}).size(), 2U);
  weak.retention_ms = -1;
  EXPECT_EQ(weaknesses({weak}).size(), 1U);
}

}  // namespace
}  // namespace wayside::bridge
