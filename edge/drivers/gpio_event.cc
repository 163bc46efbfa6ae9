// An event of the GPIO character device, uAPI v2 [linux/gpio.h, struct gpio_v2_line_event], in the machine's byte order:
//
//   0            8       12      16      20          24           48
//   | timestamp  | id    | offset| seqno | line_seqno| padding    |     id: 1 rising, 2 falling
//   | ns, u64    | u32   | u32   | u32   | u32       | 6 * u32    |     seqno counts over all lines of the request
//
// The kernel's buffer drops the oldest events when it is full, while line_seqno goes on: a step over 1 says how many were lost.
#include "edge/drivers/gpio_event.h"

#include <linux/gpio.h>

#include <cstring>

namespace wayside::edge {

static_assert(sizeof(gpio_v2_line_event) == kGpioEventBytes);

std::string_view to_text(GpioReason reason) {
  switch (reason) {
    case GpioReason::kBadLength: return "bad_length";
    case GpioReason::kUnknownEdge: return "unknown_edge";
    case GpioReason::kUnknownLine: return "unknown_line";
    case GpioReason::kBackwards: return "backwards";
  }
  return "";
}

std::variant<GpioEventReader::Read, GpioReason> GpioEventReader::read(std::string_view bytes) {
  if (bytes.size() != kGpioEventBytes) return GpioReason::kBadLength;
  gpio_v2_line_event raw{};
  std::memcpy(&raw, bytes.data(), sizeof raw);
  if (raw.id != GPIO_V2_LINE_EVENT_RISING_EDGE && raw.id != GPIO_V2_LINE_EVENT_FALLING_EDGE) return GpioReason::kUnknownEdge;
  if (!offsets_.contains(raw.offset)) return GpioReason::kUnknownLine;
  std::uint32_t& last = last_seqno_[raw.offset];
  const std::uint32_t step = raw.line_seqno - last;  // wraps as the kernel's counter does
  if (step == 0 || step > UINT32_MAX / 2) return GpioReason::kBackwards;
  last = raw.line_seqno;
  return Read{{raw.timestamp_ns, raw.id == GPIO_V2_LINE_EVENT_RISING_EDGE, raw.offset, raw.line_seqno}, step - 1};
}

}  // namespace wayside::edge
