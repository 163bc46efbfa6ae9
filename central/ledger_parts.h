#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "central/json_text.h"
#include "common/base/sqlite.h"
#include "common/contract/reading.h"

namespace wayside::central {

/// Numbers in the ledger end at 2^53 - 1, which every JSON reader has exactly: an absurd sum is that, never an overflow.
inline std::int64_t saturated(double value) {
  return value >= static_cast<double>(kSeqMax) ? static_cast<std::int64_t>(kSeqMax) : static_cast<std::int64_t>(value);
}
inline std::int64_t saturated_sum(std::int64_t a, std::int64_t b) {
  return std::min(a, static_cast<std::int64_t>(kSeqMax)) > static_cast<std::int64_t>(kSeqMax) - b
             ? static_cast<std::int64_t>(kSeqMax)
             : a + b;
}

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
    accepted = saturated_sum(accepted, other.accepted);
    received = saturated_sum(received, other.received);
    refused = saturated_sum(refused, other.refused);
    dropped = saturated_sum(dropped, other.dropped);
    waiting = saturated_sum(waiting, other.waiting);
    missing = saturated_sum(missing, other.missing);
    repeated = saturated_sum(repeated, other.repeated);
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
