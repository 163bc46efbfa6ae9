#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>

namespace wayside::test {

/// Random numbers for a test. Prints its seed when the test fails; the environment variable WAYSIDE_TEST_SEED takes it back.
class Seeded {
 public:
  Seeded() : seed_(choose()), engine_(seed_), trace_(__FILE__, __LINE__, "WAYSIDE_TEST_SEED=" + std::to_string(seed_)) {}

  /// From `min` to `max`, both included.
  std::uint64_t number(std::uint64_t min, std::uint64_t max) {
    return std::uniform_int_distribution<std::uint64_t>(min, max)(engine_);
  }
  bool one_in(std::uint64_t n) { return number(1, n) == 1; }
  char byte() { return static_cast<char>(number(0, 255)); }
  std::string text(std::string_view alphabet, std::size_t min, std::size_t max) {
    std::string out(number(min, max), ' ');
    for (char& c : out) c = alphabet[number(0, alphabet.size() - 1)];
    return out;
  }

 private:
  static std::uint64_t choose() {
    const char* given = std::getenv("WAYSIDE_TEST_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  }

  std::uint64_t seed_;
  std::mt19937_64 engine_;
  testing::ScopedTrace trace_;
};

}  // namespace wayside::test
