#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>

namespace wayside::edge {

/// Runs the loop until `condition` holds; a test failure after 20 s.
template <class Condition>
void run_until(boost::asio::io_context& loop, Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition() && std::chrono::steady_clock::now() < deadline) {
    loop.restart();
    loop.run_one_for(std::chrono::milliseconds(10));
  }
  ASSERT_TRUE(condition());
}

}  // namespace wayside::edge
