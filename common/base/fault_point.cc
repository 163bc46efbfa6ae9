#include "common/base/fault_point.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdlib>

#include "common/base/result.h"

namespace wayside {
namespace {

constexpr const char* kVariable = "WAYSIDE_FAULT";

const FaultPlan& plan() {
  static const FaultPlan kInstance = [] {
    const auto parsed = parse_fault_plan(std::getenv(kVariable));
    WAYSIDE_CHECK(parsed.has_value());
    return *parsed;
  }();
  return kInstance;
}

std::atomic<std::uint64_t> passes{0};

}  // namespace

const bool kFaultPlanSet = std::getenv(kVariable) != nullptr && *std::getenv(kVariable) != '\0' && !plan().point.empty();

std::optional<FaultPlan> parse_fault_plan(std::string_view text) {
  FaultPlan out;
  const std::size_t colon = text.find(':');
  out.point = text.substr(0, colon);
  if (out.point.empty()) return std::nullopt;
  if (colon == std::string_view::npos) return out;
  const std::string_view number = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), out.pass);
  if (error != std::errc() || end != number.data() + number.size() || out.pass == 0) return std::nullopt;
  return out;
}

void reach_fault_point(std::string_view name) {
  if (name != plan().point || ++passes != plan().pass) return;
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();  // SIGKILL is delivered before kill() returns; this tells the compiler and the reader
}

}  // namespace wayside
