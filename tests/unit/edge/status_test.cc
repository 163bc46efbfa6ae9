// Proves that the status document says what the agent knows, and that its text for people is safe on a terminal.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <thread>

#include "edge/state_lock.h"
#include "edge/status_socket.h"

namespace wayside::edge {
namespace {

AgentHealth some_health() {
  AgentHealth health;
  health.agent = "north";
  health.status = "online";
  health.version = "0.1.0";
  health.clock = "synced";
  health.outbox_readings = 3;
  health.outbox_bytes = 1'000;
  health.outbox_bytes_max = 2'000;
  health.drivers.push_back({"mast", "serial_lines", "fault", "no such port", 5, 1, 2, 3, {}});
  health.epochs.push_back({"9f2c41d07a3be815", 8, 4, 1, 0, 3});
  return health;
}

std::string folder() {
  char pattern[] = "/tmp/wayside-status-XXXXXX";
  return mkdtemp(pattern);
}

TEST(Status, shows_uplink_outbox_sources_and_accounts) {
  const std::string text = format_status(compose_status(some_health(), true, 2, Refusals()));
  for (const char* part :
       {"north (0.1.0), clock synced", "online, 2 on the way", "3 readings, 1000 of 2000 bytes",
        "mast (serial_lines) fault, 5 readings, 1 refused, 2 values dropped, 3 device times unusable: no such port",
        "accepted 8 = receipted 4 + refused 1 + dropped 0 + waiting 3"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in\n" << text;
  }
}

TEST(Status, lists_unknown_devices_ready_to_paste_and_refused_frames_without_control_characters) {
  Refusals refusals;
  refusals.add_device("posts", {"ab***", "http_push", "[[source.device]]\nkey = \"…\""}, UtcTime{0});
  refusals.add("posts", {"bad_checksum", "detail", "$WIMDA\x1b[2J\r\n"}, UtcTime{0});
  const std::string text = format_status(compose_status(some_health(), false, 0, refusals));
  EXPECT_NE(text.find("[[source.device]]\nkey"), std::string::npos) << text;
  EXPECT_NE(text.find("$WIMDA?[2J"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(Status, says_what_else_a_source_counts_and_how_many_devices_are_not_listed) {
  AgentHealth health = some_health();
  health.drivers[0].counts = {{"not_stored", 3}, {"refused_connections", 7}};
  Refusals refusals;
  for (int i = 0; i < 107; ++i) refusals.add_device("posts", {std::to_string(i), "http_push", ""}, UtcTime{i});
  const std::string text = format_status(compose_status(health, true, 0, refusals));
  EXPECT_NE(text.find("device times unusable, 3 not_stored, 7 refused_connections: no such port"), std::string::npos) << text;
  EXPECT_NE(text.find("7 more unknown devices are not listed"), std::string::npos) << text;
  EXPECT_FALSE(check_agent_health(encode_agent_health(health), "north"));
}

TEST(StatusSocket, answers_its_own_user_and_nobody_else) {
  const std::string path = folder() + "/agent.sock";
  boost::asio::io_context loop;
  StatusSocket socket;
  ASSERT_TRUE(socket.listen(loop, path, [] { return std::string("{}"); }).ok());
  struct stat file {};
  ASSERT_EQ(stat(path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600U);
  std::thread agent([&loop] { loop.run(); });
  const auto text = fetch_status(path);
  loop.stop();
  agent.join();
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text, "{}");
  socket.close();
  EXPECT_FALSE(std::filesystem::exists(path));
  const auto gone = fetch_status(path);
  ASSERT_FALSE(gone.ok());
  EXPECT_FALSE(gone.error().hint.empty());
  std::filesystem::remove_all(std::filesystem::path(path).parent_path());
}

TEST(StateLock, is_had_by_one_at_a_time) {
  const std::string path = folder();
  {
    const auto first = StateLock::take(path);
    ASSERT_TRUE(first.ok());
    const auto second = StateLock::take(path);
    ASSERT_FALSE(second.ok());
    EXPECT_NE(second.error().message.find("another agent uses it (process " + std::to_string(getpid())), std::string::npos);
  }
  EXPECT_TRUE(StateLock::take(path).ok());
  std::filesystem::remove_all(path);
  EXPECT_FALSE(StateLock::take(path).ok());
}

}  // namespace
}  // namespace wayside::edge
