// `wayside-central bronze`: what is kept, one JSON object a line.
#include <simdjson.h>
#include <cstdio>

#include "central/bronze.h"
#include "central/bronze_reader.h"
#include "central/json_text.h"
#include "common/base/log.h"
#include "common/base/program.h"
#include "common/contract/message.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

/// `"name":"text"`, or for bytes that are no UTF-8 `"name_base64":"…"`.
void append_bytes(std::string& out, std::string_view name, std::string_view bytes) {
  const bool text = simdjson::validate_utf8(bytes.data(), bytes.size());
  append_key(out, text ? name : std::string(name) + "_base64");
  append_json_string(out, text ? std::string(bytes) : encode_base64(bytes));
}

void append_headers(std::string& out, std::string_view headers) {
  append_key(out, "headers");
  out += '{';
  std::string_view name;
  std::optional<std::string_view> value;
  while (!headers.empty() && take_bronze_header(headers, name, value)) {
    if (value) {
      append_bytes(out, name, *value);
    } else {
      append_key(out, name);
      out += "null";
    }
  }
  out += '}';
}

std::string line_of(const BronzeRecord& record, const std::string& cluster) {
  std::string out = "{";
  append_key(out, "cluster");
  append_json_string(out, cluster);
  append_key(out, "topic");
  append_json_string(out, record.topic);
  append_key(out, "partition");
  append_integer(out, record.partition);
  append_key(out, "offset");
  append_integer(out, record.offset);
  append_key(out, "timestamp");
  append_time(out, record.timestamp);
  append_bytes(out, "key", record.key);
  append_headers(out, record.headers);
  if (record.tombstone) {
    append_key(out, "value");
    out += "null";
  } else {
    append_bytes(out, "value", record.value);
  }
  return out += "}\n";
}

Status read_time(std::string_view name, const std::string& text, std::int64_t& ms) {
  if (text.empty()) return {};
  const auto time = parse_rfc3339(text);
  if (!time) return Error{std::string(name) + ": is no RFC 3339 time (got " + text + ")", "2026-11-20T08:00:00Z"};
  ms = time->ms;
  return {};
}

Status print(const BronzeSettings& settings, const BronzeCommand& command) {
  if (settings.dir.empty()) return Error{"bronze.dir: is not set, nothing is kept", "--config with central's own settings"};
  BronzeQuery query;
  query.topic = command.topic;
  if (!command.day.empty()) {
    if (!command.since.empty() || !command.until.empty())
      return Error{"--day: stands beside --since or --until", "one of them"};
    WAYSIDE_TRY(read_time("--day", command.day + "T00:00:00Z", query.since_ms));
    query.until_ms = query.since_ms + kDayMs;
  }
  WAYSIDE_TRY(read_time("--since", command.since, query.since_ms));
  WAYSIDE_TRY(read_time("--until", command.until, query.until_ms));
  auto damaged = read_bronze(settings.dir, query, [](const BronzeRecord& record, const std::string& cluster) {
    const std::string line = line_of(record, cluster);
    std::fwrite(line.data(), 1, line.size(), stdout);
  });
  if (!damaged) return std::move(damaged).error();
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return Error{"writing: the output takes no more", ""};
  if (*damaged > 0) log_warn("bronze_damaged", {{"blocks", *damaged}, {"what", "passed over"}});
  return {};
}

}  // namespace

int run_bronze(const BronzeSettings& settings, const BronzeCommand& command) {
  const Status printed = print(settings, command);
  if (printed.ok()) return 0;
  print_error(printed.error());
  return 1;
}

}  // namespace wayside::central
