#include "common/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>

namespace wayside {
namespace {

constexpr auto kRepeatInterval = std::chrono::seconds{30};
constexpr std::size_t kRepeatKeysMax = 1000;

struct Repeat {
  std::chrono::steady_clock::time_point last_written;
  std::uint64_t left_out = 0;
};

std::mutex repeat_mutex;
std::map<std::string, Repeat, std::less<>> repeats;  // bounded: see repeat_name

std::shared_ptr<spdlog::logger> logger() {
  static auto instance = spdlog::stderr_logger_mt("wayside");
  return instance;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarn: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::info;
}

/// Bytes that would break the line or steer a terminal.
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool needs_quotes(char c) { return is_control(c) || c == ' ' || c == '"' || c == '=' || c == '\\'; }

void append_value(std::string& line, std::string_view value) {
  const bool plain = !value.empty() && std::none_of(value.begin(), value.end(), needs_quotes);
  if (plain) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') line += '\\';
    if (is_control(c)) {
      line += c == '\n' ? "\\n" : "?";
    } else {
      line += c;
    }
  }
  line += '"';
}

std::string compose(std::string_view event, LogFields fields, std::uint64_t left_out) {
  std::string line = "event=";
  append_value(line, event);
  for (const LogField& field : fields) {
    line += ' ';
    line += field.key();
    line += '=';
    append_value(line, field.value());
  }
  if (left_out > 0) line += " repeated=" + std::to_string(left_out);
  return line;
}

/// The entry of `repeats` for this event and key. Keys may come from outside: beyond the limit they share one entry an
/// event, so that a flood of new keys is no way around the limit.
std::string repeat_name(std::string_view event, std::string_view key, std::chrono::steady_clock::time_point now) {
  std::string name = std::string(event) + '/' + std::string(key);
  if (repeats.size() < kRepeatKeysMax || repeats.contains(name)) return name;
  std::erase_if(repeats, [now](const auto& entry) { return now - entry.second.last_written >= kRepeatInterval; });
  return repeats.size() < kRepeatKeysMax ? name : std::string(event);
}

}  // namespace

LogField::LogField(std::string_view key, double value) : key_(key), value_(fmt::format("{:.6g}", value)) {}

void log_start(std::string_view program, LogLevel level) {
  spdlog::set_default_logger(logger());
  logger()->set_level(to_spdlog(level));
  logger()->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l " + std::string(program) + " %v", spdlog::pattern_time_type::utc);
  logger()->flush_on(spdlog::level::debug);
}

Result<LogLevel> parse_log_level(std::string_view text) {
  if (text == "debug") return LogLevel::kDebug;
  if (text == "info") return LogLevel::kInfo;
  if (text == "warn") return LogLevel::kWarn;
  if (text == "error") return LogLevel::kError;
  return Error{"log_level: unknown level (got " + std::string(text) + ")", "one of debug, info, warn, error"};
}

void log_event(LogLevel level, std::string_view event, LogFields fields) {
  if (!logger()->should_log(to_spdlog(level))) return;
  logger()->log(to_spdlog(level), compose(event, fields, 0));
}

void log_limited(LogLevel level, std::string_view event, std::string_view key, LogFields fields) {
  std::uint64_t left_out = 0;
  {
    const std::lock_guard lock(repeat_mutex);
    const auto now = std::chrono::steady_clock::now();
    auto [entry, fresh] = repeats.try_emplace(repeat_name(event, key, now));
    if (!fresh && now - entry->second.last_written < kRepeatInterval) {
      ++entry->second.left_out;
      return;
    }
    left_out = entry->second.left_out;
    entry->second = {now, 0};
  }
  if (logger()->should_log(to_spdlog(level))) logger()->log(to_spdlog(level), compose(event, fields, left_out));
}

}  // namespace wayside
