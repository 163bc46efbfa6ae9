#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <variant>

namespace wayside::edge {

inline constexpr std::size_t kGpioEventBytes = 48;

/// An edge that the kernel saw on a line that we asked for.
struct GpioEvent {
  std::uint64_t timestamp_ns = 0;  ///< CLOCK_MONOTONIC
  bool rising = false;             ///< to active; active_low is reckoned in by the kernel
  std::uint32_t offset = 0;
  std::uint32_t line_seqno = 0;  ///< 1, 2, 3 … of this line since it was asked for
};

enum class GpioReason : std::uint8_t {
  kBadLength,    ///< not 48 bytes
  kUnknownEdge,  ///< neither rising nor falling
  kUnknownLine,  ///< of a line that we did not ask for
  kBackwards,    ///< a line_seqno that was there already
};
std::string_view to_text(GpioReason reason);

/// Reads events and finds those that are missing before them. One for each request of lines.
class GpioEventReader {
 public:
  explicit GpioEventReader(std::set<std::uint32_t> offsets) : offsets_(std::move(offsets)) {}

  struct Read {
    GpioEvent event;
    std::uint32_t lost_before = 0;  ///< edges of this line that the kernel saw and its buffer could not hold
  };
  std::variant<Read, GpioReason> read(std::string_view bytes);

 private:
  std::set<std::uint32_t> offsets_;
  std::map<std::uint32_t, std::uint32_t> last_seqno_;  ///< by offset
};

}  // namespace wayside::edge
