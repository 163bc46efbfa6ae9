#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "central/record.h"

namespace wayside::central {

// A bronze file is a row of blocks, one a fetched batch:
//
//   "WBB1" | flags u32 (1: a frame begins) | records u32 | length u32 | first_ms i64 | last_ms i64 | crc32 u32 | length bytes
//
// all little-endian; the crc goes over the 32 bytes before it and the bytes behind it. The bytes of the blocks from one
// beginning of a frame to the next are ONE zstd stream, flushed after each block: small batches compress as well as large
// ones, and every block can be read as soon as it is written. Unpacked, the first block of a frame begins with the cluster
// and the places (what the files hold so far); then, and in all other blocks, come records:
//
//   topic str8 | partition i32 | offset i64 | ms i64 | tombstone u8 | key str32 | headers str32 | value str32
//
// headers: name str8, value str32 (length 2^32-1: null), again and again.

/// From where on a partition's records are not in bronze yet.
struct BronzePlaces {
  std::string cluster;    ///< whose records follow
  std::int64_t gaps = 0;  ///< gaps accepted so far: with another number offsets may mean other records
  std::map<std::tuple<std::string, std::string, std::int32_t>, std::int64_t> next;  ///< by cluster, topic, partition
};

struct BronzeBlock {
  bool begins_frame = false;
  std::uint32_t records = 0;
  std::uint32_t length = 0;  ///< of the bytes behind the header
  std::int64_t first_ms = 0;
  std::int64_t last_ms = 0;
  std::uint32_t crc = 0;
};
inline constexpr std::size_t kBronzeHeaderBytes = 36;
inline constexpr std::uint32_t kBronzeBlockBytesMax = 1U << 30U;

/// Header and bytes of a block; sets its length and crc.
std::string encode_bronze_block(BronzeBlock block, std::string_view bytes);
/// Nothing when these bytes are no header.
std::optional<BronzeBlock> parse_bronze_header(std::string_view header);
/// Whether header and bytes belong together.
bool bronze_block_is_whole(std::string_view header, std::string_view bytes);

void append_bronze_places(std::string& out, const BronzePlaces& places);
void append_bronze_record(std::string& out, const Record& record, std::string_view headers);
/// Of a record's headers the next one.
void append_bronze_header(std::string& out, std::string_view name, const void* value, std::size_t size);

/// A record as it was kept; views into the unpacked block.
struct BronzeRecord {
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  UtcTime timestamp;
  bool tombstone = false;
  std::string_view key;
  std::string_view headers;
  std::string_view value;
};
/// Takes the next part off `bytes`; false: they are damaged.
bool take_bronze_places(std::string_view& bytes, BronzePlaces& places);
bool take_bronze_record(std::string_view& bytes, BronzeRecord& record);
/// Nothing for a value that is null.
bool take_bronze_header(std::string_view& bytes, std::string_view& name, std::optional<std::string_view>& value);

}  // namespace wayside::central
