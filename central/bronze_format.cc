#include "central/bronze_format.h"

#include <zlib.h>

namespace wayside::central {
namespace {

constexpr std::string_view kMagic = "WBB1";
constexpr std::size_t kCrcAt = 32;
constexpr std::uint32_t kNull = 0xffffffff;

template <class Number>
void put(std::string& out, Number number) {
  auto bits = static_cast<std::uint64_t>(number);
  for (std::size_t i = 0; i < sizeof number; ++i, bits >>= 8U) out += static_cast<char>(bits & 0xffU);
}

void put_short(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint8_t>(text.size()));
  out += text.substr(0, 255);
}

void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

template <class Number>
bool take(std::string_view& bytes, Number& number) {
  if (bytes.size() < sizeof number) return false;
  std::uint64_t bits = 0;
  for (std::size_t i = sizeof number; i-- > 0;) bits = bits << 8U | static_cast<unsigned char>(bytes[i]);
  number = static_cast<Number>(bits);
  bytes.remove_prefix(sizeof number);
  return true;
}

bool take_bytes(std::string_view& bytes, std::size_t size, std::string_view& text) {
  if (bytes.size() < size) return false;
  text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

bool take_short(std::string_view& bytes, std::string_view& text) {
  std::uint8_t size = 0;
  return take(bytes, size) && take_bytes(bytes, size, text);
}

bool take_text(std::string_view& bytes, std::string_view& text) {
  std::uint32_t size = 0;
  return take(bytes, size) && take_bytes(bytes, size, text);
}

std::uint32_t crc_of(std::string_view header, std::string_view bytes) {
  const auto feed = [](uLong crc, std::string_view part) {
    return crc32_z(crc, reinterpret_cast<const Bytef*>(part.data()), part.size());
  };
  return static_cast<std::uint32_t>(feed(feed(0, header.substr(0, kCrcAt)), bytes));
}

}  // namespace

std::string encode_bronze_block(BronzeBlock block, std::string_view bytes) {
  std::string out(kMagic);
  put(out, static_cast<std::uint32_t>(block.begins_frame ? 1 : 0));
  put(out, block.records);
  put(out, static_cast<std::uint32_t>(bytes.size()));
  put(out, block.first_ms);
  put(out, block.last_ms);
  put(out, crc_of(out, bytes));
  return out += bytes;
}

std::optional<BronzeBlock> parse_bronze_header(std::string_view header) {
  if (!header.starts_with(kMagic) || header.size() < kBronzeHeaderBytes) return std::nullopt;
  header.remove_prefix(kMagic.size());
  BronzeBlock block;
  std::uint32_t flags = 0;
  const bool read = take(header, flags) && take(header, block.records) && take(header, block.length) &&
                    take(header, block.first_ms) && take(header, block.last_ms) && take(header, block.crc);
  block.begins_frame = flags == 1;
  return read && flags <= 1 && block.length <= kBronzeBlockBytesMax ? std::optional(block) : std::nullopt;
}

bool bronze_block_is_whole(std::string_view header, std::string_view bytes) {
  const auto block = parse_bronze_header(header);
  return block && block->length == bytes.size() && block->crc == crc_of(header, bytes);
}

void append_bronze_places(std::string& out, const BronzePlaces& places) {
  put_short(out, places.cluster);
  put(out, places.gaps);
  put(out, static_cast<std::uint32_t>(places.next.size()));
  for (const auto& [key, next] : places.next) {
    put_short(out, std::get<0>(key));
    put_short(out, std::get<1>(key));
    put(out, std::get<2>(key));
    put(out, next);
  }
}

bool take_bronze_places(std::string_view& bytes, BronzePlaces& places) {
  std::string_view cluster;
  std::uint32_t count = 0;
  if (!take_short(bytes, cluster) || !take(bytes, places.gaps) || !take(bytes, count)) return false;
  places.cluster = cluster;
  places.next.clear();
  for (; count > 0; --count) {
    std::string_view of;
    std::string_view topic;
    std::int32_t partition = 0;
    std::int64_t next = 0;
    if (!take_short(bytes, of) || !take_short(bytes, topic) || !take(bytes, partition) || !take(bytes, next)) return false;
    places.next[{std::string(of), std::string(topic), partition}] = next;
  }
  return true;
}

void append_bronze_header(std::string& out, std::string_view name, const void* value, std::size_t size) {
  put_short(out, name.substr(0, 255));
  if (value == nullptr) return put(out, kNull);
  put_text(out, {static_cast<const char*>(value), size});
}

bool take_bronze_header(std::string_view& bytes, std::string_view& name, std::optional<std::string_view>& value) {
  std::uint32_t size = 0;
  if (!take_short(bytes, name) || !take(bytes, size)) return false;
  value.reset();
  if (size == kNull) return true;
  std::string_view text;
  if (!take_bytes(bytes, size, text)) return false;
  value = text;
  return true;
}

void append_bronze_record(std::string& out, const Record& record, std::string_view headers) {
  put_short(out, source_topics()[record.topic].name);
  put(out, record.partition);
  put(out, record.offset);
  put(out, record.timestamp.ms);
  put(out, static_cast<std::uint8_t>(record.tombstone ? 1 : 0));
  put_text(out, record.key);
  put_text(out, headers);
  put_text(out, record.value);
}

bool take_bronze_record(std::string_view& bytes, BronzeRecord& record) {
  std::uint8_t tombstone = 0;
  if (!take_short(bytes, record.topic) || !take(bytes, record.partition) || !take(bytes, record.offset) ||
      !take(bytes, record.timestamp.ms) || !take(bytes, tombstone) || !take_text(bytes, record.key) ||
      !take_text(bytes, record.headers) || !take_text(bytes, record.value)) {
    return false;
  }
  record.tombstone = tombstone != 0;
  return true;
}

}  // namespace wayside::central
