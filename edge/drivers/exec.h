#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/settings.h"
#include "edge/driver.h"
#include "edge/drivers/station_settings.h"
#include "edge/drivers/supervised_child.h"

namespace wayside::edge {

struct ExecStation final : StationSettings {
  std::vector<std::string> streams;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
  std::vector<Stream> stream_list() const;
};

struct ExecSettings final : SettingsGroup {
  std::vector<std::string> command;
  std::int64_t line_bytes_max = 16 * 1024;
  std::vector<std::unique_ptr<ExecStation>> stations;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
};

/// Runs a program and takes each line that it prints as a reading (exec_line.cc): the way to a driver in any language. The
/// program is started again when it ends; while nothing more can be committed it waits in its write. Lives on the host's loop.
class ExecDriver final : public Driver {
 public:
  ExecDriver(const ExecSettings& settings, DriverHost& host, BackOff back_off = BackOff());
  ~ExecDriver() override;

  Status start() override;
  void stop() override;
  std::map<std::string, std::uint64_t> counts() const override;
  pid_t pid() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

DriverEntry exec_driver();

}  // namespace wayside::edge
