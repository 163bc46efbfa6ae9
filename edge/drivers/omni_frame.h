#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/time.h"

namespace wayside::edge {

enum class OmniReason : std::uint8_t {
  kTooLong,
  kNotOmni,      ///< does not begin with *CMDR,OM, or has too few fields
  kBadImei,      ///< not 15 digits
  kBadField,     ///< a field that the command needs is missing or no number
  kUnknownLock,  ///< in no [[source.lock]]
};
std::string_view to_text(OmniReason reason);

/// What a lock says.
struct OmniFrame {
  std::string imei;
  std::string command;          ///< Q0, H0, L0, L1, D0, S5, W0 …
  std::optional<bool> locked;   ///< H0, and L0 (opened) and L1 (closed) when they have worked
  std::optional<double> volts;  ///< Q0 and H0
  std::optional<int> alarm;     ///< W0: 1 moved, 2 fell, 6 cleared
  bool wants_answer = false;    ///< the lock repeats it until it is acknowledged
};

std::variant<OmniFrame, OmniReason> decode_omni(std::string_view frame);

/// The acknowledgement of a command, with the two bytes before it. Without a known time the lock hears zeros.
std::string omni_answer(std::string_view imei, std::string_view command, std::optional<UtcTime> now);

/// Cuts a connection's bytes into frames, `*` to `#`. What stands between frames is skipped; a frame over `bytes_max` is given out
/// once, cut.
class OmniSplitter {
 public:
  explicit OmniSplitter(std::size_t bytes_max = 256) : bytes_max_(bytes_max) {}
  void feed(std::string_view bytes, const std::function<void(std::string_view)>& on_frame);

 private:
  std::size_t bytes_max_;
  std::string frame_;
  bool inside_ = false;
};

}  // namespace wayside::edge
