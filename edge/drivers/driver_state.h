#pragma once

#include <string>
#include <utility>

#include "common/base/log.h"
#include "edge/driver.h"

namespace wayside::edge {

/// What a driver says about itself to health: each good frame may call ok(), only a change reaches the host.
class DriverState {
 public:
  /// `what` names the hardware in the log, such as its port.
  DriverState(DriverHost& host, std::string what) : host_(host), what_(std::move(what)) {}

  void ok() {
    if (!std::exchange(ok_, true)) host_.report_ok();
  }
  void fault(const std::string& why) {
    ok_ = false;
    host_.report_fault(why);
    log_limited(LogLevel::kError, "driver_fault", what_, {{"what", what_}, {"error", why}});
  }
  bool is_ok() const { return ok_; }

 private:
  DriverHost& host_;
  std::string what_;
  bool ok_ = false;
};

}  // namespace wayside::edge
