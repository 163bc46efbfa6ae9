#include "edge/drivers/registry_csv.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <filesystem>

#include "common/base/log.h"

namespace wayside::edge {
namespace {

class RegistryCsvDriver final : public Driver {
 public:
  RegistryCsvDriver(const RegistryCsvSettings& settings, DriverHost& host)
      : settings_(settings), host_(host), registry_(settings.registry, host), timer_(host.loop()) {}

  Status start() override {
    poll();
    return {};
  }
  void stop() override { timer_.cancel(); }
  std::map<std::string, std::uint64_t> counts() const override { return {{"stations", registry_.stations()}}; }
  void poll_once(std::function<void(const Status&)> done) override { done(last_); }

 private:
  void poll() {
    std::error_code error;
    const auto written = std::filesystem::last_write_time(settings_.file, error);
    // A file that cannot be looked at is read all the same: that says why it cannot.
    if (error || !read_ || written != *read_) last_ = read(error ? std::nullopt : std::optional(written));
    timer_.expires_after(std::chrono::milliseconds(static_cast<std::int64_t>(settings_.registry.poll_interval_s * 1000)));
    timer_.async_wait([this](boost::system::error_code cancelled) {
      if (!cancelled) poll();
    });
  }

  Status read(std::optional<std::filesystem::file_time_type> written) {
    auto stations = read_station_file(settings_.file, settings_.registry.kind,
                                      [this](const std::string& why, const std::string& row) { registry_.refuse(why, row); });
    if (!stations) {
      host_.report_fault(stations.error().message);
      log_limited(LogLevel::kWarn, "registry_not_read", settings_.file, {{"why", stations.error().message}});
      return std::move(stations).error();
    }
    read_ = written;
    registry_.take(*stations, true);
    host_.report_ok();
    log_info("registry_read", {{"file", settings_.file}, {"stations", stations->size()}});
    return {};
  }

  const RegistryCsvSettings& settings_;
  DriverHost& host_;
  StationRegistry registry_;
  boost::asio::steady_timer timer_;
  std::optional<std::filesystem::file_time_type> read_;
  Status last_;
};

}  // namespace

void RegistryCsvSettings::describe(SettingsVisitor& visitor) {
  visitor.text("file", file,
               "CSV file: station_id,name,lat,lon,kind,capacity,address,line,stop_sequence, or the CTA's columns.",
               Presence::kRequired);
  registry.describe(visitor);
}

DriverEntry registry_csv_driver() {
  return {"registry_csv", "announces the stations of a CSV file", [] { return std::make_unique<RegistryCsvSettings>(); },
          [](const SettingsGroup& settings, DriverHost& host) -> std::unique_ptr<Driver> {
            return std::make_unique<RegistryCsvDriver>(static_cast<const RegistryCsvSettings&>(settings), host);
          }};
}

}  // namespace wayside::edge
