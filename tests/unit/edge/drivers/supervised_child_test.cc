// Proves with real programs that a child's lines arrive, all of them; that it is started again when it ends; and that nothing
// of it is left running after a stop or after its own end.
#include "edge/drivers/supervised_child.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <cerrno>

#include "tests/unit/edge/drivers/run_loop.h"

namespace wayside::edge {
namespace {

using std::chrono::milliseconds;

class SupervisedChildTest : public testing::Test {
 protected:
  std::unique_ptr<SupervisedChild> run(const std::string& script, std::size_t line_bytes_max = 100) {
    return run_command({"/bin/sh", "-c", script}, line_bytes_max);
  }
  std::unique_ptr<SupervisedChild> run_command(std::vector<std::string> command, std::size_t line_bytes_max = 100) {
    auto child =
        std::make_unique<SupervisedChild>(io_, std::move(command), line_bytes_max, BackOff(milliseconds(1), milliseconds(5)));
    child->start({[this](std::string_view line) { lines_.emplace_back(line); },
                  [this](const std::string& why) { ends_.push_back(why); }});
    return child;
  }
  /// Whether a process is gone; one that is a zombie of somebody else counts as gone, too.
  static bool gone(pid_t pid) {
    if (::kill(pid, 0) != 0) return errno == ESRCH;
    char path[64];
    std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE* stat = std::fopen(path, "r");
    if (stat == nullptr) return true;
    char state = '?';
    const int read = std::fscanf(stat, "%*d %*s %c", &state);
    std::fclose(stat);
    return read != 1 || state == 'Z';
  }

  boost::asio::io_context io_;
  std::vector<std::string> lines_;
  std::vector<std::string> ends_;
};

TEST_F(SupervisedChildTest, gives_every_line_of_a_program_that_ends_at_once) {
  const auto child = run("i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; exec sleep 1000");
  run_until(io_, [&] { return lines_.size() == 2000; });
  EXPECT_EQ(lines_.back(), "line 1999");
  child->stop();
  const auto short_lived = run("echo last; exit 3");
  run_until(io_, [&] { return !ends_.empty(); });
  EXPECT_EQ(lines_.at(2000), "last");
  EXPECT_EQ(ends_[0], "/bin/sh: ended with code 3");
}

TEST_F(SupervisedChildTest, starts_a_program_that_ends_again_and_again) {
  const auto child = run("echo up; exit 1");
  run_until(io_, [&] { return child->starts() >= 4; });
  EXPECT_GE(ends_.size(), 3U);
}

TEST_F(SupervisedChildTest, says_why_a_program_cannot_be_started_and_tries_again) {
  const auto child = run_command({"/nowhere/program"});
  run_until(io_, [&] { return ends_.size() >= 3; });
  EXPECT_EQ(ends_[0], "/nowhere/program: cannot be started: No such file or directory");
  EXPECT_EQ(child->starts(), 0U);
}

TEST_F(SupervisedChildTest, ends_the_whole_group_at_a_stop_also_what_ignores_sigterm) {
  const auto child = run("trap '' TERM; sleep 1000 & echo $!; wait");
  run_until(io_, [&] { return lines_.size() == 1; });
  const pid_t leader = child->pid();
  const pid_t grandchild = std::stoi(lines_[0]);
  ASSERT_FALSE(gone(grandchild));
  child->stop();
  EXPECT_TRUE(gone(leader));
  run_until(io_, [&] { return gone(grandchild); });
  EXPECT_TRUE(ends_.empty());  // asked for: no end that anybody must hear of
}

TEST_F(SupervisedChildTest, ends_what_a_dead_program_left_running) {
  const auto child = run("sleep 1000 & echo $!; kill -9 $$");
  run_until(io_, [&] { return !ends_.empty(); });
  EXPECT_EQ(ends_[0], "/bin/sh: killed by signal 9");
  run_until(io_, [&] { return gone(std::stoi(lines_.at(0))); });
}

TEST_F(SupervisedChildTest, ends_a_program_that_closes_its_output_and_lives_on) {
  const auto child = run("echo here; exec >&-; sleep 1000");
  run_until(io_, [&] { return !ends_.empty(); });
  EXPECT_EQ(ends_[0], "/bin/sh: killed by signal 9");
}

TEST_F(SupervisedChildTest, takes_what_it_says_at_its_end) {
  const auto child = run("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done");
  run_until(io_, [&] { return !lines_.empty(); });
  child->stop();
  EXPECT_EQ(lines_, (std::vector<std::string>{"up", "bye"}));
}

TEST_F(SupervisedChildTest, cuts_a_line_that_is_too_long) {
  const auto child = run("printf '%0300d\\nshort\\n' 7; exec sleep 1000", 100);
  run_until(io_, [&] { return lines_.size() == 2; });
  EXPECT_EQ(lines_[0], std::string(101, '0'));
  EXPECT_EQ(lines_[1], "short");
}

TEST_F(SupervisedChildTest, reads_nothing_while_paused) {
  const auto child = run("read x; echo never; exec sleep 1000");  // standard input is empty: read fails at once
  run_until(io_, [&] { return lines_.size() == 1; });
  const auto flood = run("while :; do echo x; done");
  run_until(io_, [&] { return lines_.size() > 10; });
  flood->pause(true);
  io_.restart();
  io_.poll();
  const std::size_t count = lines_.size();
  io_.restart();
  io_.run_for(milliseconds(50));
  EXPECT_EQ(lines_.size(), count);
  flood->pause(false);
  run_until(io_, [&] { return lines_.size() > count + 100'000; });  // beyond what the pipe held
}

TEST_F(SupervisedChildTest, keeps_our_secrets_and_files_from_the_program) {
  ::setenv("WAYSIDE_MQTT_PASSWORD", "secret", 1);
  const auto child = run("env | grep -c WAYSIDE; ls /proc/self/fd | wc -l; exec sleep 1000");
  run_until(io_, [&] { return lines_.size() == 2; });
  ::unsetenv("WAYSIDE_MQTT_PASSWORD");
  EXPECT_EQ(lines_[0], "0");
  EXPECT_LE(std::stoi(lines_[1]), 4);  // its three, and the folder it lists
}

}  // namespace
}  // namespace wayside::edge
