#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/time.h"
#include "firmware-sim/pty_port.h"
#include "firmware-sim/random.h"
#include "firmware-sim/witness.h"

namespace wayside::sim {

struct TurnstileBankOptions {
  std::string link;
  std::size_t devices = 4;
  double missed = 0.05;  ///< chance at each audit that a device's line is left out
  double reset = 0.02;   ///< chance behind each audit that a device's registers begin at 0 again
  double door = 0.05;    ///< chance at each audit that somebody has opened the door: a second line, the same registers
  std::uint64_t seed = 1;
};

/// Turnstiles with cumulative registers of 9 digits on a serial line, as the MTA's are audited. The first one's entries are
/// about to roll over, the second one counts its entries down, both as some real ones do.
class TurnstileBank {
 public:
  /// `witness` may be null.
  static Result<std::unique_ptr<TurnstileBank>> open(TurnstileBankOptions options, std::shared_ptr<Witness> witness);

  /// Persons who have come in and gone out, each by any of the devices.
  void pass(std::uint64_t entries, std::uint64_t exits);
  /// Writes the registers of all devices, `audit_number` from 0 on; the witness says who passed since the line before.
  void audit(UtcTime now);

  std::uint64_t audits() const { return audits_; }
  static constexpr std::uint64_t kRegister = 1'000'000'000;

 private:
  struct Device {
    std::string name;  ///< A002,R051,02-00-00
    std::uint64_t entries = 0;
    std::uint64_t exits = 0;
    bool counts_down = false;
    bool told = false;  ///< a line of it has gone out
    std::uint64_t entered = 0;
    std::uint64_t left = 0;
  };
  TurnstileBank(TurnstileBankOptions options, std::unique_ptr<PtyPort> port, std::shared_ptr<Witness> witness);
  void write(Device& device, UtcTime now, const char* event);

  TurnstileBankOptions options_;
  std::unique_ptr<PtyPort> port_;
  std::shared_ptr<Witness> witness_;
  Random random_;
  std::vector<Device> devices_;
  std::uint64_t audits_ = 0;
};

/// One line: name,MM-DD-YY,HH:MM:SS,event,entries,exits with CR LF; times in UTC.
std::string audit_line(const std::string& device, UtcTime at, const char* event, std::uint64_t entries, std::uint64_t exits);

}  // namespace wayside::sim
