#include "edge/drivers/serial_reader.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>

#include "common/base/log.h"

namespace wayside::edge {
namespace {

constexpr std::chrono::milliseconds kReopenMin{1000};
constexpr std::chrono::milliseconds kReopenMax{60'000};
constexpr int kBadLinesMax = 50;  // in a row: noise, most often a wrong baud rate

}  // namespace

SerialReader::SerialReader(DriverHost& host, std::unique_ptr<SerialPort> port, std::string name, std::size_t line_bytes_max,
                           OnLine on_line)
    : host_(host),
      port_(std::move(port)),
      name_(std::move(name)),
      splitter_(line_bytes_max),
      on_line_(std::move(on_line)),
      reopen_(host.loop()),
      reopen_delay_(kReopenMin) {}

void SerialReader::stop() {
  stopped_ = true;
  reopen_.cancel();
  port_->close();
}

void SerialReader::open() {
  splitter_.reset();
  first_line_ = true;
  const Status opened = port_->open(
      [weak = weak_from_this()](std::string_view bytes) {
        const auto self = weak.lock();
        if (self)
          self->splitter_.feed(
              bytes, [&self](std::string_view line) { self->on_line_(line, std::exchange(self->first_line_, false)); });
      },
      [weak = weak_from_this()](const std::string& why) {
        if (const auto self = weak.lock()) self->lost(self->name_ + ": " + why);
      });
  if (!opened.ok()) return lost(opened.error().message + (opened.error().hint.empty() ? "" : " (" + opened.error().hint + ")"));
  open_ = true;
  ++opened_;
  log_info("serial_port_opened", {{"port", name_}});
}

void SerialReader::lost(const std::string& why) {
  port_->close();
  open_ = false;
  fault(why);
  if (stopped_) return;
  // Jitter, so that many agents after one power cut do not knock in step.
  std::uniform_real_distribution<double> jitter(0.75, 1.25);
  const auto delay =
      std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(reopen_delay_.count()) * jitter(random_)));
  reopen_delay_ = std::min(reopen_delay_ * 2, kReopenMax);
  reopen_.expires_after(delay);
  reopen_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const auto self = weak.lock();
    if (!error && self && !self->stopped_) self->open();
  });
}

void SerialReader::line_was_readable() {
  bad_lines_ = 0;
  reopen_delay_ = kReopenMin;
}

void SerialReader::line_was_good() {
  line_was_readable();
  if (!std::exchange(healthy_, true)) host_.report_ok();
}

void SerialReader::line_was_noise() {
  if (++bad_lines_ == kBadLinesMax) fault(name_ + ": 50 lines in a row are none of the format (is the baud rate right?)");
}

void SerialReader::fault(const std::string& why) {
  healthy_ = false;
  host_.report_fault(why);
  log_limited(LogLevel::kError, "serial_fault", name_, {{"error", why}});
}

void SerialReader::refused(std::string_view reason, std::string_view line) {
  std::string shown(line);
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  host_.refused({std::string(reason), name_, shown});
}

}  // namespace wayside::edge
