// Proves that results carry values and errors whole, that errors gather context on the way up, and that bugs abort.
#include "common/base/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace wayside {
namespace {

Status inner(bool good) {
  if (good) return {};
  return Error{"disk is full", "free space"};
}

Status middle(bool good) {
  if (auto status = inner(good); !status.ok()) return std::move(status).error().while_doing("writing the outbox");
  return {};
}

Result<int> outer(bool good) {
  WAYSIDE_TRY(middle(good));
  return 7;
}

TEST(Result, carries_the_value) {
  auto result = outer(true);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(*result, 7);
  Result<std::unique_ptr<int>> moved(std::make_unique<int>(5));
  EXPECT_EQ(**moved, 5);
  const std::unique_ptr<int> taken = std::move(moved).value();
  EXPECT_EQ(*taken, 5);
}

TEST(Result, carries_the_error_with_context_and_hint) {
  const auto result = outer(false);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, "writing the outbox: disk is full");
  EXPECT_EQ(result.error().hint, "free space");
}

TEST(Result, wrong_use_is_a_bug_and_aborts) {
  EXPECT_DEATH(static_cast<void>(outer(false).value()), "bug: check failed");
  EXPECT_DEATH(static_cast<void>(outer(true).error()), "bug: check failed");
  EXPECT_DEATH(static_cast<void>(Status().error()), "bug: check failed");
}

}  // namespace
}  // namespace wayside
