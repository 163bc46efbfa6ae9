#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>

namespace wayside::edge {

/// Runs the loop until `condition` holds; a test failure after 20 s.
template <class Condition>
void run_until(boost::asio::io_context& loop, Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  bool holds = condition();  // asked once a turn: it may read from a wire
  while (!holds && std::chrono::steady_clock::now() < deadline) {
    loop.restart();
    loop.run_one_for(std::chrono::milliseconds(10));
    holds = condition();
  }
  ASSERT_TRUE(holds);
}

}  // namespace wayside::edge
