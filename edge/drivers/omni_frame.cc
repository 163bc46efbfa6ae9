// OMNI (Shenzhen) bike locks, text over TCP [protocol V2.0.7; traccar OmniProtocolDecoderTest]. No checksum, no encryption.
//
//   lock to server   *CMDR,OM,863725031194523,230615103045,H0,1,380,24#\n
//                          IMEI, 15 digits    yyMMddHHmmss  |  | |   signal 2 to 32
//                                             000000000000: |  | hundredths of a volt
//                                             clock not set |  0 unlocked, 1 locked
//                                                           command
//   server to lock   FF FF *CMDS,OM,863725031194523,230615103046,Re,L1#\n
//
// Q0,412: check-in, 4.12 V. H0: heartbeat, every 4 minutes. L0,<0 worked>,<user>,<time>: unlocked. L1,<user>,<time>,<minutes>:
// locked. D0: position. S5: information. W0,<1 moved|2 fell|6 cleared>: alarm. L0, L1, D0 and W0 are repeated until acknowledged.
#include "edge/drivers/omni_frame.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <vector>

namespace wayside::edge {
namespace {

constexpr std::size_t kImeiDigits = 15;
constexpr std::size_t kFirstParameter = 5;
constexpr double kVolt = 100;
constexpr int kVoltsMax = 10'000;

std::vector<std::string_view> fields_of(std::string_view text) {
  std::vector<std::string_view> fields;
  for (std::size_t begin = 0;;) {
    const std::size_t comma = text.find(',', begin);
    fields.push_back(text.substr(begin, comma == std::string_view::npos ? comma : comma - begin));
    if (comma == std::string_view::npos) return fields;
    begin = comma + 1;
  }
}

std::optional<int> whole_number(const std::vector<std::string_view>& fields, std::size_t at) {
  if (at >= fields.size()) return std::nullopt;
  int number = 0;
  const auto [end, error] = std::from_chars(fields[at].data(), fields[at].data() + fields[at].size(), number);
  if (error != std::errc() || end != fields[at].data() + fields[at].size()) return std::nullopt;
  return number;
}

/// Reads what the command needs; false when it is not there.
bool read_parameters(const std::vector<std::string_view>& fields, OmniFrame& frame) {
  const auto first = whole_number(fields, kFirstParameter);
  if (frame.command == "Q0" || frame.command == "H0") {
    const auto volts = frame.command == "Q0" ? first : whole_number(fields, kFirstParameter + 1);
    if (!volts || *volts < 0 || *volts > kVoltsMax) return false;
    frame.volts = *volts / kVolt;
  }
  if (frame.command == "H0") {
    if (first != 0 && first != 1) return false;
    frame.locked = first == 1;
  }
  if (frame.command == "L0") {
    if (!first) return false;
    if (*first == 0) frame.locked = false;  // else it could not be opened: as it was
  }
  if (frame.command == "L1") frame.locked = true;
  if (frame.command == "W0") {
    if (!first) return false;
    frame.alarm = first;
  }
  return true;
}

}  // namespace

std::string_view to_text(OmniReason reason) {
  switch (reason) {
    case OmniReason::kTooLong: return "too_long";
    case OmniReason::kNotOmni: return "not_omni";
    case OmniReason::kBadImei: return "bad_imei";
    case OmniReason::kBadField: return "bad_field";
    case OmniReason::kUnknownLock: return "unknown_lock";
  }
  return "";
}

std::variant<OmniFrame, OmniReason> decode_omni(std::string_view bytes) {
  if (!bytes.starts_with("*CMDR,OM,") || !bytes.ends_with('#')) return OmniReason::kNotOmni;
  const auto fields = fields_of(bytes.substr(0, bytes.size() - 1));
  if (fields.size() < kFirstParameter || fields[4].size() != 2) return OmniReason::kNotOmni;
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (fields[2].size() != kImeiDigits || !std::all_of(fields[2].begin(), fields[2].end(), digit)) return OmniReason::kBadImei;
  OmniFrame frame;
  frame.imei = fields[2];
  frame.command = fields[4];
  frame.wants_answer = frame.command == "L0" || frame.command == "L1" || frame.command == "D0" || frame.command == "W0";
  if (!read_parameters(fields, frame)) return OmniReason::kBadField;
  return frame;
}

std::string omni_answer(std::string_view imei, std::string_view command, std::optional<UtcTime> now) {
  char time[16] = "000000000000";
  if (now) {
    const std::time_t seconds = now->seconds();
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::strftime(time, sizeof time, "%y%m%d%H%M%S", &parts);
  }
  return "\xff\xff*CMDS,OM," + std::string(imei) + "," + time + ",Re," + std::string(command) + "#\n";
}

void OmniSplitter::feed(std::string_view bytes, const std::function<void(std::string_view)>& on_frame) {
  for (const char c : bytes) {
    if (c == '*') {
      frame_.clear();
      inside_ = true;
    }
    if (!inside_) continue;
    frame_ += c;
    if (c != '#' && frame_.size() <= bytes_max_) continue;
    inside_ = false;
    on_frame(frame_);
  }
}

}  // namespace wayside::edge
