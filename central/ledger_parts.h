#pragma once

#include <cstdint>
#include <string>

#include "central/json_text.h"
#include "common/base/sqlite.h"

namespace wayside::central {

/// The parts of a book or a sum of books: accepted = received + refused + dropped + waiting + missing.
struct Parts {
  std::int64_t accepted = 0;
  std::int64_t received = 0;
  std::int64_t refused = 0;
  std::int64_t dropped = 0;
  std::int64_t waiting = 0;
  std::int64_t missing = 0;
  std::int64_t repeated = 0;

  Parts& operator+=(const Parts& other) {
    accepted += other.accepted;
    received += other.received;
    refused += other.refused;
    dropped += other.dropped;
    waiting += other.waiting;
    missing += other.missing;
    repeated += other.repeated;
    return *this;
  }
};

inline void append_count(std::string& out, std::string_view key, std::int64_t value) {
  append_key(out, key);
  append_integer(out, value);
}

inline void append_parts(std::string& out, const Parts& parts) {
  append_count(out, "accepted", parts.accepted);
  append_count(out, "received", parts.received);
  append_count(out, "refused", parts.refused);
  append_count(out, "dropped", parts.dropped);
  append_count(out, "waiting", parts.waiting);
  append_count(out, "missing", parts.missing);
  append_count(out, "repeated", parts.repeated);
}

/// Six columns from `column` on, in the order of the fields, without `waiting`.
inline Parts read_parts(const SqlStatement& row, int column) {
  return {row.integer(column),     row.integer(column + 1), row.integer(column + 2), row.integer(column + 3), 0,
          row.integer(column + 4), row.integer(column + 5)};
}

}  // namespace wayside::central
