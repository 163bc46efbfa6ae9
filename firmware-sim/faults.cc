#include "firmware-sim/faults.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "common/base/log.h"

namespace wayside::sim {
namespace {

constexpr std::array<const char*, kFaultKinds> kNames{"drop",       "corrupt", "duplicate", "delay",   "silence",
                                                      "clock-zero", "busy",    "void",      "missing", "sentinel"};
constexpr const char* kHint =
    "drop=P, corrupt=P, duplicate=P, delay=MS, silence=FROM:FOR, clock-zero, busy=P, void=P, missing=P or sentinel=P "
    "(P from 0 to 1, FROM and FOR in seconds)";

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

bool apply(FaultPlan& plan, std::size_t kind, std::string_view value) {
  double& chance = plan.chance[kind];
  switch (static_cast<Fault>(kind)) {
    case Fault::kClockZero: chance = 1; return value.empty();
    case Fault::kDelay: {
      const auto ms = parse_number(value);
      if (!ms || *ms > 600'000) return false;
      plan.delay_ms = static_cast<std::int64_t>(*ms);
      chance = 1;
      return true;
    }
    case Fault::kSilence: {
      const std::size_t colon = value.find(':');
      if (colon == std::string_view::npos) return false;
      const auto from = parse_number(value.substr(0, colon));
      const auto length = parse_number(value.substr(colon + 1));
      if (!from || !length) return false;
      plan.silence_from_s = *from;
      plan.silence_for_s = *length;
      chance = 1;
      return true;
    }
    default: {
      const auto probability = parse_number(value);
      if (!probability || *probability > 1) return false;
      chance = *probability;
      return true;
    }
  }
}

}  // namespace

const char* to_text(Fault fault) { return kNames[static_cast<std::size_t>(fault)]; }

Result<FaultPlan> parse_faults(const std::vector<std::string>& texts) {
  FaultPlan plan;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    const std::string_view name = std::string_view(text).substr(0, equals);
    const std::string_view value = equals == std::string::npos ? "" : std::string_view(text).substr(equals + 1);
    const auto found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) return Error{"--fault: no such fault (got " + text + ")", kHint};
    if (!apply(plan, static_cast<std::size_t>(found - kNames.begin()), value)) {
      return Error{"--fault: value does not fit (got " + text + ")", kHint};
    }
  }
  return plan;
}

Faults::Faults(const FaultPlan& plan, std::string wire, Random random, std::initializer_list<Fault> known)
    : plan_(plan), wire_(std::move(wire)), random_(random) {
  for (std::size_t kind = 0; kind < kFaultKinds; ++kind) {
    const bool applies = std::find(known.begin(), known.end(), static_cast<Fault>(kind)) != known.end();
    if (plan_.chance[kind] == 0 || applies) continue;
    log_warn("fault_not_applicable", {{"wire", wire_}, {"fault", kNames[kind]}});
    plan_.chance[kind] = 0;
  }
}

bool Faults::strikes(Fault fault) {
  const double chance = plan_.of(fault);
  if (chance <= 0 || !random_.chance(chance)) return false;
  record(fault);
  return true;
}

bool Faults::silent(double elapsed_s) {
  if (plan_.of(Fault::kSilence) <= 0) return false;
  if (elapsed_s < plan_.silence_from_s || elapsed_s >= plan_.silence_from_s + plan_.silence_for_s) return false;
  record(Fault::kSilence);
  return true;
}

std::int64_t Faults::delay_ms() {
  if (plan_.of(Fault::kDelay) <= 0) return 0;
  record(Fault::kDelay);
  return plan_.delay_ms;
}

std::string Faults::summary() const {
  std::string text;
  for (std::size_t kind = 0; kind < kFaultKinds; ++kind) {
    if (counts_[kind] == 0) continue;
    if (!text.empty()) text += ' ';
    text += std::string(kNames[kind]) + "=" + std::to_string(counts_[kind]);
  }
  return text;
}

void Faults::record(Fault fault) {
  const std::uint64_t count = ++counts_[static_cast<std::size_t>(fault)];
  log_limited(LogLevel::kInfo, "fault", wire_ + to_text(fault), {{"wire", wire_}, {"fault", to_text(fault)}, {"count", count}});
}

}  // namespace wayside::sim
