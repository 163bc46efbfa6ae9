#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "central/ids.h"
#include "central/silver_row.h"
#include "common/base/result.h"
#include "common/contract/streams.h"

namespace wayside::central {

// A block of table `reading_block`: the readings of one station, stream and UTC day, column by column (column_codec.h):
//
//   format, n                              1; readings
//   observed_at, account, seq              n numbers each
//   received_at - observed_at, stored_at - received_at, kafka_offset, clock, shape
//   for each shape in the order in which it appears: the number of columns of its values, and each column
//
// A column of values is 0: texts; 1: numbers, as their decimals and as whole numbers of the smallest unit of the column; 2:
// one text for all. 0 columns: the values as whole texts. Every value comes back byte by byte as it was.

/// `rows` in the order of their keys.
Result<std::string> encode_silver(const std::vector<SilverRow>& rows);
Result<std::vector<SilverRow>> decode_silver(std::string_view bytes);

/// The key of a block: station, stream and day in one number.
inline std::int64_t silver_key(StationPk station, Stream stream, std::int64_t day) {
  return (raw(station) * 16 + static_cast<std::int64_t>(stream)) * (std::int64_t{1} << 24) + day;
}

}  // namespace wayside::central
