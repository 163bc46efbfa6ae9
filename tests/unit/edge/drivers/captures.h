#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace wayside::edge {

/// Recordings of real hardware below $WAYSIDE_CAPTURES/weather; tests of this fixture are skipped without it.
class Captures : public testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("WAYSIDE_CAPTURES");
    if (folder == nullptr) GTEST_SKIP() << "WAYSIDE_CAPTURES is not set";
    folder_ = std::string(folder) + "/weather/";
  }
  std::string text(const std::string& name) const {
    std::ifstream file(folder_ + name, std::ios::binary);
    EXPECT_TRUE(file) << folder_ + name;
    std::stringstream content;
    content << file.rdbuf();
    return content.str();
  }

 private:
  std::string folder_;
};

}  // namespace wayside::edge
