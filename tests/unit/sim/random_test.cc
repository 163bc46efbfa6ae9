// Proves that a seed replays: the numbers are those of the published SplitMix64, and parts do not disturb each other.

#include "firmware-sim/random.h"

#include <gtest/gtest.h>

namespace wayside::sim {
namespace {

TEST(Random, gives_the_published_sequence_of_splitmix64) {
  // Reference values for seed 1234567, as listed with the algorithm.
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317ULL);
  EXPECT_EQ(random.next(), 3203168211198807973ULL);
  EXPECT_EQ(random.next(), 9817491932198370423ULL);
}

TEST(Random, forks_do_not_depend_on_each_other) {
  const Random random(7);
  Random first = random.fork(1);
  Random again = random.fork(1);
  Random second = random.fork(2);
  EXPECT_EQ(first.next(), again.next());
  EXPECT_NE(first.next(), second.next());
}

TEST(Random, poisson_has_its_mean) {
  Random random(3);
  for (const double mean : {0.2, 4.0, 80.0}) {
    double sum = 0;
    for (int i = 0; i < 4000; ++i) sum += static_cast<double>(random.poisson(mean));
    EXPECT_NEAR(sum / 4000, mean, 0.05 * mean + 0.03);
  }
}

}  // namespace
}  // namespace wayside::sim
