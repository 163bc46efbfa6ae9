// Proves that readings come into the outbox as groups, and that a device hears "success" only after the commit.
#include "edge/intake.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "edge/outbox.h"
#include "tests/unit/edge/fake_link.h"

namespace wayside::edge {
namespace {

bool kernel_has_no_time() { return false; }

class IntakeTest : public testing::Test {
 protected:
  IntakeTest() {
    char pattern[] = "/tmp/wayside-intake-XXXXXX";
    folder_ = mkdtemp(pattern);
    auto opened = Outbox::open(folder_ + "/outbox.db", {}, "boot-1");
    EXPECT_TRUE(opened.ok());
    outbox_ = std::move(*opened);
  }
  ~IntakeTest() override {
    outbox_.reset();
    std::filesystem::remove_all(folder_);
  }

  void offer(Intake& intake, const std::string& values) {
    std::vector<Observation> one{{"a", Stream::kWeather, UtcTime{1'700'000'000'000}, values}};
    intake.accept(
        "mast", std::move(one), {}, [this](const Observation&, const Refusal& refusal) { refused_.push_back(refusal); },
        [this](const Status& status) { answers_.push_back(status.ok()); });
  }

  std::string folder_;
  boost::asio::io_context loop_;
  SteadyClock clock_;
  TimeKeeper time_{clock_, true, kernel_has_no_time};
  std::unique_ptr<Outbox> outbox_;
  int commits_ = 0;
  std::vector<bool> answers_;
  std::vector<Refusal> refused_;
};

TEST_F(IntakeTest, answers_after_one_commit_for_the_whole_group) {
  Intake intake(loop_, *outbox_, time_, 1, [this] { ++commits_; });
  for (int i = 0; i < 10; ++i) offer(intake, "{}");
  EXPECT_TRUE(answers_.empty());
  EXPECT_EQ(outbox_->waiting(), 0U);
  loop_.run();
  EXPECT_EQ(answers_, std::vector<bool>(10, true));
  EXPECT_EQ(commits_, 1);
  EXPECT_EQ(outbox_->waiting(), 10U);
}

TEST_F(IntakeTest, a_flush_commits_at_once_and_later_readings_still_get_their_commit) {
  Intake intake(loop_, *outbox_, time_, 1, [this] { ++commits_; });
  offer(intake, "{}");
  intake.flush();
  EXPECT_EQ(answers_.size(), 1U);
  offer(intake, "{}");
  loop_.run();
  EXPECT_EQ(answers_.size(), 2U);
}

TEST_F(IntakeTest, what_the_contract_refuses_gets_no_number) {
  Intake intake(loop_, *outbox_, time_, 0, [this] { ++commits_; });
  offer(intake, "{\"air_temperature_C\":\"hot\"}");
  // Fits alone, but not with the number it would get.
  offer(intake, "{\"note\":\"" + std::string(kReadingBytesMax - 140, 'x') + "\"}");
  EXPECT_EQ(refused_.size(), 2U);
  EXPECT_EQ(outbox_->waiting(), 0U);
  offer(intake, "{\"air_temperature_C\":7.5}");
  EXPECT_EQ(outbox_->waiting(), 1U);
}

TEST(FillRate, is_unknown_at_first_and_then_that_of_the_hour) {
  FillRate rate;
  const FillRate::Time start{};
  EXPECT_FALSE(rate.per_hour(start).has_value());
  rate.note(1'000'000, start);
  EXPECT_FALSE(rate.per_hour(start + std::chrono::minutes(1)).has_value()) << "a first poll is no rate";
  EXPECT_DOUBLE_EQ(*rate.per_hour(start + std::chrono::minutes(30)), 2'000'000);
  rate.note(500, start + std::chrono::minutes(60));
  EXPECT_DOUBLE_EQ(*rate.per_hour(start + std::chrono::minutes(61)), 1'000'000) << "of the hour before";
}

}  // namespace
}  // namespace wayside::edge
