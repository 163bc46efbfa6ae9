// Proves the form of log lines on the real stderr: one line an event whatever the values hold, and the limit on repeats.
#include "common/base/log.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace wayside {
namespace {

/// What `write` puts out on stderr.
template <class Write>
std::string captured(Write write) {
  testing::internal::CaptureStderr();
  write();
  return testing::internal::GetCapturedStderr();
}

std::size_t lines(const std::string& text) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')); }

TEST(Log, line_has_time_level_program_and_pairs) {
  log_start("test-program", LogLevel::kInfo);
  const std::string text = captured([] { log_warn("thing_happened", {{"n", 5}, {"ok", true}, {"x", 1.5}, {"why", "plain"}}); });
  EXPECT_NE(text.find("Z warning test-program event=thing_happened n=5 ok=true x=1.5 why=plain\n"), std::string::npos) << text;
  EXPECT_EQ(text.substr(0, 2), "20");
}

TEST(Log, values_are_quoted_so_that_a_line_stays_a_line) {
  log_start("test-program", LogLevel::kInfo);
  const auto shown = [](std::string_view value) {
    const std::string text = captured([&] { log_info("e", {{"v", value}}); });
    EXPECT_EQ(lines(text), 1U) << text;
    const std::size_t at = text.find(" v=") + 3;
    return text.substr(at, text.size() - 1 - at);
  };
  EXPECT_EQ(shown("a b"), "\"a b\"");
  EXPECT_EQ(shown(""), "\"\"");
  EXPECT_EQ(shown("a=b"), "\"a=b\"");
  EXPECT_EQ(shown("say \"x\""), "\"say \\\"x\\\"\"");
  EXPECT_EQ(shown("back\\slash"), "\"back\\\\slash\"");
  EXPECT_EQ(shown("a\nevent=fake"), "\"a\\nevent=fake\"");
  EXPECT_EQ(shown("\x1b[31mred"), "\"?[31mred\"");
  EXPECT_EQ(shown(std::string_view("a\0b", 3)), "\"a?b\"");
  EXPECT_EQ(shown("\x7f"), "\"?\"");
  EXPECT_EQ(shown("{} {0} %s"), "\"{} {0} %s\"");
  EXPECT_EQ(shown("{}"), "{}");
}

TEST(Log, levels_below_the_chosen_one_are_silent) {
  log_start("test-program", LogLevel::kWarn);
  EXPECT_EQ(captured([] { log_info("quiet"); }), "");
  EXPECT_EQ(lines(captured([] { log_error("loud"); })), 1U);
  log_start("test-program", LogLevel::kInfo);
}

TEST(Log, repeats_are_limited_by_event_and_key) {
  log_start("test-program", LogLevel::kInfo);
  const std::string text = captured([] {
    for (int i = 0; i < 100; ++i) log_limited(LogLevel::kWarn, "refused", "a");
    log_limited(LogLevel::kWarn, "refused", "b");
    log_limited(LogLevel::kWarn, "other", "a");
  });
  EXPECT_EQ(lines(text), 3U) << text;
}

TEST(Log, a_flood_of_keys_is_no_way_around_the_limit) {
  log_start("test-program", LogLevel::kInfo);
  const std::string text = captured([] {
    for (int i = 0; i < 5000; ++i) log_limited(LogLevel::kWarn, "flood", std::to_string(i));
    for (int i = 0; i < 5000; ++i) log_limited(LogLevel::kWarn, "flood", "0");
  });
  EXPECT_LE(lines(text), 1001U);
}

TEST(Log, level_names) {
  for (const char* name : {"debug", "info", "warn", "error"}) EXPECT_TRUE(parse_log_level(name).ok());
  EXPECT_FALSE(parse_log_level("loud").ok());
}

}  // namespace
}  // namespace wayside
