// Proves that connections leave open files for the database and Kafka, and that the soft limit goes up to the hard one.
#include "central/open_files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace wayside::central {
namespace {

TEST(OpenFiles, connections_are_capped_below_a_low_limit) {
  HttpSettings settings;
  fit_connections(settings, 1024);
  EXPECT_EQ(settings.connections_max, 896);
  EXPECT_EQ(settings.viewers_max, 672);
}

TEST(OpenFiles, few_connections_stay_as_they_are_set) {
  HttpSettings settings;
  settings.connections_max = 100;
  settings.viewers_max = 99;
  fit_connections(settings, 1024);
  EXPECT_EQ(settings.connections_max, 100);
  EXPECT_EQ(settings.viewers_max, 99);
}

TEST(OpenFiles, a_tiny_limit_leaves_one) {
  HttpSettings settings;
  fit_connections(settings, 64);
  EXPECT_EQ(settings.connections_max, 1);
  EXPECT_EQ(settings.viewers_max, 1);
}

TEST(OpenFiles, the_soft_limit_goes_up_to_the_hard_one) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit low{200, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(raise_open_files_limit(), static_cast<std::int64_t>(before.rlim_max));
  rlimit after{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace wayside::central
