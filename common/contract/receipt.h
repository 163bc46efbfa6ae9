#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/range_set.h"
#include "common/base/result.h"
#include "common/base/time.h"

namespace wayside {

/// The bridge's word to an agent: Kafka has committed `stations`' readings of `epoch`, and `refused` ones lie in
/// dead-letter. Both free the agent's window. `now` answers a health message; a receipt may carry nothing else.
struct Receipt {
  std::string epoch;  ///< empty when there are no ranges
  std::map<std::string, RangeSet, std::less<>> stations;
  std::map<std::string, RangeSet, std::less<>> refused;
  std::optional<std::uint32_t> backlog_per_s;  ///< how fast the agent may send its backlog
  std::optional<UtcTime> now;

  bool has_ranges() const { return !stations.empty() || !refused.empty(); }
};

/// One or more JSON texts of at most `bytes_max` bytes (which should be 512 or more); together they say what `receipt`
/// says, each with epoch, backlog_per_s and now.
std::vector<std::string> encode_receipt(const Receipt& receipt, std::size_t bytes_max = 200 * 1024);
Result<Receipt> parse_receipt(std::string_view json);

}  // namespace wayside
