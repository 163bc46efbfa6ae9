#include "edge/drivers/supervised_child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/close_range.h>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/base/log.h"
#include "common/base/result.h"
#include "edge/drivers/serial_port.h"

namespace wayside::edge {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kErrorLineBytesMax = 500;
constexpr int kDrainReadsMax = 64;  // a pipe holds 64 KiB; somebody outside the group may go on writing
constexpr std::chrono::seconds kEndOfOutputWait{1};

struct Pipe {
  int read_end = -1;
  int write_end = -1;
  bool open() { return ::pipe2(&read_end, O_CLOEXEC) == 0; }
  void close() {
    if (read_end >= 0) ::close(read_end);
    if (write_end >= 0) ::close(write_end);
  }
};

/// The environment without our secrets.
std::vector<char*> child_environment() {
  std::vector<char*> kept;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with("WAYSIDE_")) kept.push_back(*entry);
  }
  kept.push_back(nullptr);
  return kept;
}

/// Between fork and exec: only what is safe in a copy of one thread of a process with several.
[[noreturn]] void become(char* const* command, char* const* environment, pid_t parent, int out, int err, int report) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(126);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  const int empty = ::open("/dev/null", O_RDONLY);
  ::dup2(empty, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);  // the sockets and files of the agent are none of its business
  ::execvpe(command[0], command, environment);
  const int code = errno;
  ::_exit(::write(report, &code, sizeof code) == sizeof code ? 127 : 126);
}

std::string end_in_words(int status) {
  if (WIFSIGNALED(status)) return "killed by signal " + std::to_string(WTERMSIG(status));
  return "ended with code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

class SupervisedChild::Impl : public std::enable_shared_from_this<SupervisedChild::Impl> {
 public:
  Impl(asio::io_context& loop, std::vector<std::string> command, std::size_t line_bytes_max, BackOff back_off)
      : command_(std::move(command)),
        back_off_(back_off),
        out_(loop, line_bytes_max),
        err_(loop, kErrorLineBytesMax),
        exit_(loop),
        timer_(loop) {}

  void start(ChildEvents events) {
    events_ = std::move(events);
    stopped_ = false;
    launch();
  }

  void stop() {
    if (std::exchange(stopped_, true)) return;
    timer_.cancel();
    if (pid_ > 0) {
      ::kill(-pid_, SIGTERM);
      pollfd exited{exit_.native_handle(), POLLIN, 0};
      ::poll(&exited, 1, static_cast<int>(kStopWait.count()));
      reap();
    }
    events_ = {};
  }

  void pause(bool paused) {
    if (std::exchange(paused_, paused) && !paused) read(out_);
  }

  void works() { back_off_.reset(); }
  std::uint64_t starts() const { return starts_; }
  pid_t pid() const { return pid_; }

 private:
  /// One of the child's outputs.
  struct Output {
    Output(asio::io_context& loop, std::size_t line_bytes_max) : descriptor(loop), lines(line_bytes_max) {}
    asio::posix::stream_descriptor descriptor;
    LineSplitter lines;
    std::array<char, 4096> buffer{};
    bool reading = false;
  };

  void launch() {
    auto started = fork_child();
    if (!started.ok()) return again_later(started.error().message);
    ++starts_;
    log_info("child_started", {{"command", command_[0]}, {"pid", pid_}});
    out_.lines.reset();
    err_.lines.reset();
    read(out_);
    read(err_);
    exit_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [weak = weak_from_this(), pid = pid_](boost::system::error_code error) {
                       const auto self = weak.lock();
                       if (error || !self || self->stopped_ || self->pid_ != pid) return;
                       self->again_later(self->reap());
                     });
  }

  Status fork_child() {
    std::vector<char*> command;
    for (std::string& word : command_) command.push_back(word.data());
    command.push_back(nullptr);
    const std::vector<char*> environment = child_environment();
    Pipe out, err, report;
    const bool piped = out.open() && err.open() && report.open();
    const pid_t parent = ::getpid();
    const pid_t pid = piped ? ::fork() : -1;
    if (pid == 0) become(command.data(), environment.data(), parent, out.write_end, err.write_end, report.write_end);
    if (pid < 0) {
      const Error error{"cannot be started: " + std::string(std::strerror(errno)), ""};
      for (Pipe* pipe : {&out, &err, &report}) pipe->close();
      return error;
    }
    ::setpgid(pid, pid);  // as the child does itself: whoever comes first
    for (Pipe* pipe : {&out, &err, &report}) ::close(std::exchange(pipe->write_end, -1));
    int code = 0;
    const bool failed = ::read(report.read_end, &code, sizeof code) == sizeof code;  // else its end closed: exec has worked
    report.close();
    // glibc 2.36 declares its pidfd_open without C linkage.
    const int exit_fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (failed || exit_fd < 0) {
      if (!failed) code = errno;
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
      for (Pipe* pipe : {&out, &err}) pipe->close();
      if (exit_fd >= 0) ::close(exit_fd);
      return Error{"cannot be started: " + std::string(std::strerror(code)), ""};
    }
    pid_ = pid;
    out_.descriptor.assign(out.read_end);
    out_.descriptor.non_blocking(true);
    err_.descriptor.assign(err.read_end);
    err_.descriptor.non_blocking(true);
    exit_.assign(exit_fd);
    return {};
  }

  /// Waits for bytes and then takes them in one go, so that none are on their way when the child is reaped.
  void read(Output& output) {
    if (stopped_ || output.reading || !output.descriptor.is_open() || (paused_ && &output == &out_)) return;
    output.reading = true;
    output.descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                 [weak = weak_from_this(), &output, pid = pid_](boost::system::error_code error) {
                                   const auto self = weak.lock();
                                   if (error || !self || self->stopped_ || self->pid_ != pid) return;
                                   output.reading = false;
                                   if (self->paused_ && &output == &self->out_) return;
                                   if (self->take(output)) return self->read(output);
                                   if (&output == &self->out_) self->output_ended();
                                 });
  }

  /// Hands over what is there; false at the end of the output.
  bool take(Output& output) {
    boost::system::error_code error;
    const std::size_t size = output.descriptor.read_some(asio::buffer(output.buffer), error);
    if (error == asio::error::would_block) return true;
    if (error) return false;
    output.lines.feed(std::string_view(output.buffer.data(), size), [&](std::string_view line) {
      if (&output == &err_) {
        log_limited(LogLevel::kWarn, "child_says", command_[0], {{"command", command_[0]}, {"line", line}});
      } else if (events_.line) {
        events_.line(line);
      }
    });
    return true;
  }

  static bool bytes_waiting(Output& output) {
    int size = 0;
    return ::ioctl(output.descriptor.native_handle(), FIONREAD, &size) == 0 && size > 0;
  }

  /// A program that has closed its output and lives on is of no use.
  void output_ended() {
    timer_.expires_after(kEndOfOutputWait);
    timer_.async_wait([weak = weak_from_this(), pid = pid_](boost::system::error_code error) {
      const auto self = weak.lock();
      if (!error && self && self->pid_ == pid && pid > 0) ::kill(-pid, SIGKILL);
    });
  }

  /// Takes what is still in the pipes, ends the rest of the group, and says how the child ended.
  std::string reap() {
    ::kill(-pid_, SIGKILL);  // before waitpid: as long as its entry is there, the number cannot be another's
    int status = 0;
    ::waitpid(pid_, &status, 0);
    boost::system::error_code ignored;
    for (Output* output : {&err_, &out_}) {
      for (int i = 0; i < kDrainReadsMax && bytes_waiting(*output); ++i) take(*output);
      output->descriptor.close(ignored);
      output->reading = false;
    }
    exit_.close(ignored);
    pid_ = -1;
    return end_in_words(status);
  }

  void again_later(const std::string& why) {
    if (events_.ended) events_.ended(command_[0] + ": " + why);
    if (stopped_) return;
    timer_.expires_after(back_off_.next());
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (!error && self && !self->stopped_) self->launch();
    });
  }

  std::vector<std::string> command_;
  BackOff back_off_;
  Output out_;
  Output err_;
  asio::posix::stream_descriptor exit_;
  asio::steady_timer timer_;
  ChildEvents events_;
  pid_t pid_ = -1;
  std::uint64_t starts_ = 0;
  bool paused_ = false;
  bool stopped_ = true;
};

SupervisedChild::SupervisedChild(asio::io_context& loop, std::vector<std::string> command, std::size_t line_bytes_max,
                                 BackOff back_off)
    : impl_(std::make_shared<Impl>(loop, std::move(command), line_bytes_max, back_off)) {}
SupervisedChild::~SupervisedChild() { impl_->stop(); }
void SupervisedChild::start(ChildEvents events) { impl_->start(std::move(events)); }
void SupervisedChild::stop() { impl_->stop(); }
void SupervisedChild::pause(bool paused) { impl_->pause(paused); }
void SupervisedChild::works() { impl_->works(); }
std::uint64_t SupervisedChild::starts() const { return impl_->starts(); }
pid_t SupervisedChild::pid() const { return impl_->pid(); }

}  // namespace wayside::edge
