#include "edge/drivers/iio.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <vector>

#include "edge/drivers/iio_channels.h"
#include "edge/drivers/interval_poll.h"
#include "edge/drivers/json_line.h"
#include "edge/drivers/weather_reporter.h"

namespace wayside::edge {
namespace {

namespace fs = std::filesystem;

/// The text of a sysfs file, or errno.
std::variant<std::string, int> read_file(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  std::array<char, 256> buffer{};
  const ssize_t size = ::read(fd, buffer.data(), buffer.size());
  const int code = size < 0 ? errno : 0;
  ::close(fd);
  if (code != 0) return code;
  std::string text(buffer.data(), static_cast<std::size_t>(size));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\0')) text.pop_back();
  return text;
}

std::string text_or(const fs::path& path, std::string otherwise) {
  auto read = read_file(path);
  return std::holds_alternative<std::string>(read) ? std::get<std::string>(std::move(read)) : std::move(otherwise);
}

/// What one round of reading brought.
struct IioRound {
  struct Refused {
    IioReason reason;
    std::string frame;
  };
  std::vector<IioValue> values;
  std::vector<Refused> refused;
  std::uint64_t retries = 0;
  std::string fault;  ///< empty: every channel could be read
};

/// Finds and reads the device; in the worker's thread.
class IioReader {
 public:
  explicit IioReader(const IioSettings& settings) : settings_(settings) {}

  IioRound read(BlockingWorker::Pace& pace) {
    IioRound round;
    std::error_code error;
    std::vector<fs::path> found;
    std::string names;
    for (fs::directory_iterator entry(settings_.sysfs, error), end; !error && entry != end; entry.increment(error)) {
      const std::string name = text_or(entry->path() / "name", "");
      names += (names.empty() || name.empty() ? "" : ", ") + name;
      const std::string real = fs::canonical(entry->path(), error).string();
      if (name == settings_.device && (settings_.path.empty() || real.find(settings_.path) != std::string::npos)) {
        found.push_back(entry->path());
      }
    }
    if (found.size() != 1) {
      round.fault =
          std::to_string(found.size()) + " devices named " + settings_.device + " below " + settings_.sysfs +
          (found.empty() ? " (there: " + (names.empty() ? "none" : names) + ")" : " (set path, such as \"i2c-1/1-0076\")");
      return round;
    }
    for (const auto& [channel, field] : iio_fields()) read_channel(found[0], channel, pace, round);
    if (round.values.empty() && round.fault.empty() && round.refused.empty())
      round.fault = settings_.device + ": has no channel that is weather";
    return round;
  }

 private:
  void read_channel(const fs::path& device, const std::string& name, BlockingWorker::Pace& pace, IioRound& round) const {
    std::error_code ignored;
    const bool has_input = fs::exists(device / (name + "_input"), ignored);
    if (!has_input && !fs::exists(device / (name + "_raw"), ignored)) return;
    const fs::path path = device / (name + (has_input ? "_input" : "_raw"));
    // EIO and time-outs are how DHT sensors and busy buses say "not now".
    for (std::int64_t attempt = 0;; ++attempt) {
      const auto read = read_file(path);
      if (const auto* text = std::get_if<std::string>(&read)) return take(device, name, has_input, *text, round);
      const int code = std::get<int>(read);
      const bool passing = code == EIO || code == ETIMEDOUT || code == EAGAIN || code == EBUSY;
      if (!passing || attempt == settings_.retries || !pace.sleep(std::chrono::milliseconds(settings_.retry_ms))) {
        round.fault += (round.fault.empty() ? "" : ", ") + path.string() + ": " + std::strerror(code);
        return;
      }
      ++round.retries;
    }
  }

  void take(const fs::path& device, const std::string& name, bool has_input, const std::string& text, IioRound& round) const {
    IioChannel channel{name, {}, text, text_or(device / (name + "_scale"), "1"), text_or(device / (name + "_offset"), "0")};
    if (has_input) channel.input = text;
    const auto decoded = decode_iio(settings_.device, channel);
    if (const auto* value = std::get_if<IioValue>(&decoded)) {
      round.values.push_back(*value);
    } else {
      round.refused.push_back({std::get<IioReason>(decoded), name + "=" + text});
    }
  }

  const IioSettings& settings_;
};

}  // namespace

void IioSettings::describe(SettingsVisitor& visitor) {
  visitor.text("device", device, "Name of the device: what its file `name` says, such as bme280.", Presence::kRequired);
  visitor.text("path", path, "Part of its real path, where several have the same name, such as 1-0076.");
  visitor.text("sysfs", sysfs, "Folder of the IIO devices.");
  visitor.integer("retries", retries, {0, 10}, "How often a read that fails with EIO or a time-out is tried again.");
  visitor.integer("retry_ms", retry_ms, {1, 60'000}, "Pause before that; a DHT needs 2 s.");
  station.describe(visitor, "How often the sensor is read.");
}

class IioDriver::Impl {
 public:
  Impl(const IioSettings& settings, DriverHost& host, BackOff back_off)
      : settings_(settings),
        host_(host),
        handover_(host, settings.device),
        reporter_(host, handover_),
        reader_(settings),
        poll_(host, settings.device, std::chrono::seconds(settings.station.report_interval_s), back_off,
              [this](BlockingWorker::Pace& pace) -> IntervalPoll::Outcome {
                return [this, round = reader_.read(pace)] { return report(round); };
              }) {}

  void start() {
    host_.announce(settings_.station.info());
    poll_.start();
  }

  void stop() { poll_.stop(); }

  std::map<std::string, std::uint64_t> counts() const {
    return {{"not_stored", handover_.not_stored()}, {"retries", retries_}, {"failed_polls", poll_.failed()}};
  }

 private:
  /// What went wrong; empty: every channel is reported.
  std::string report(const IioRound& round) {
    retries_ += round.retries;
    WeatherFields fields;
    for (const IioValue& value : round.values) fields.set_number(value.field, value.value);
    for (const auto& refused : round.refused) {
      host_.refused({std::string(to_text(refused.reason)), settings_.device, shown_bytes(refused.frame)});
    }
    if (!round.values.empty()) reporter_.report(settings_.station.station_id, std::move(fields), std::nullopt);
    if (!round.fault.empty() || round.refused.empty()) return round.fault;
    return settings_.device + ": " + round.refused[0].frame + " cannot be true";
  }

  const IioSettings& settings_;
  DriverHost& host_;
  Handover handover_;
  WeatherReporter reporter_;
  IioReader reader_;  // the poll's thread's
  std::uint64_t retries_ = 0;
  IntervalPoll poll_;  // last: its thread ends before what it uses
};

IioDriver::IioDriver(const IioSettings& settings, DriverHost& host, BackOff back_off)
    : impl_(std::make_unique<Impl>(settings, host, back_off)) {}
IioDriver::~IioDriver() { impl_->stop(); }
Status IioDriver::start() {
  impl_->start();
  return {};
}
void IioDriver::stop() { impl_->stop(); }
std::map<std::string, std::uint64_t> IioDriver::counts() const { return impl_->counts(); }

DriverEntry iio_driver() {
  return {"iio", "sensors of the kernel's IIO subsystem (BME280, BMP180, DHT22 …)",
          [] { return std::make_unique<IioSettings>(); },
          [](const SettingsGroup& settings, DriverHost& host) -> std::unique_ptr<Driver> {
            return std::make_unique<IioDriver>(static_cast<const IioSettings&>(settings), host);
          },
          [](const SettingsGroup& settings) {
            return std::vector<std::string>{static_cast<const IioSettings&>(settings).station.station_id};
          }};
}

}  // namespace wayside::edge
