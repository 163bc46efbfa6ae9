#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace wayside {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

/// One `key=value` of a log line. Values with blanks or quotes are quoted.
class LogField {
 public:
  LogField(std::string_view key, std::string_view value) : key_(key), value_(value) {}
  LogField(std::string_view key, const std::string& value) : key_(key), value_(value) {}
  LogField(std::string_view key, const char* value) : key_(key), value_(value) {}
  LogField(std::string_view key, bool value) : key_(key), value_(value ? "true" : "false") {}
  LogField(std::string_view key, std::integral auto value) : key_(key), value_(std::to_string(value)) {}
  LogField(std::string_view key, double value);
  std::string_view key() const { return key_; }
  const std::string& value() const { return value_; }

 private:
  std::string_view key_;
  std::string value_;
};

using LogFields = std::initializer_list<LogField>;

/// Prepares stderr logging: one line an event, `time level program event key=value …`. Call once at start.
void log_start(std::string_view program, LogLevel level);
/// "debug", "info", "warn", "error".
Result<LogLevel> parse_log_level(std::string_view text);

/// Writes one line. Thread-safe. For changes of state and rejections, not for traffic.
void log_event(LogLevel level, std::string_view event, LogFields fields = {});
/// As log_event, but the same `event` and `key` at most once in 30 s; the next line says how many were left out.
void log_limited(LogLevel level, std::string_view event, std::string_view key, LogFields fields = {});

inline void log_debug(std::string_view event, LogFields fields = {}) { log_event(LogLevel::kDebug, event, fields); }
inline void log_info(std::string_view event, LogFields fields = {}) { log_event(LogLevel::kInfo, event, fields); }
inline void log_warn(std::string_view event, LogFields fields = {}) { log_event(LogLevel::kWarn, event, fields); }
inline void log_error(std::string_view event, LogFields fields = {}) { log_event(LogLevel::kError, event, fields); }

}  // namespace wayside
