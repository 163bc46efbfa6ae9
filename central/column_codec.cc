#include "central/column_codec.h"

#include <zstd.h>

#include "central/varint.h"

namespace wayside::central {
namespace {

/// Higher levels gain little on columns of small differences and cost several times as much.
constexpr int kLevel = 3;
/// A block of a day is some hundred kB unpacked; one that says more is damaged.
constexpr std::uint64_t kUnpackedMax = std::uint64_t{1} << 30;

constexpr std::uint64_t zigzag(std::uint64_t difference) { return (difference << 1) ^ (0 - (difference >> 63)); }
constexpr std::uint64_t unzigzag(std::uint64_t value) { return (value >> 1) ^ (0 - (value & 1)); }

struct FreeZstd {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// zstd's working memory, one of each a thread: to make it anew costs more than a small block does.
ZSTD_CCtx* compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeZstd> kContext(ZSTD_createCCtx());
  WAYSIDE_CHECK(kContext != nullptr);
  return kContext.get();
}
ZSTD_DCtx* decompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeZstd> kContext(ZSTD_createDCtx());
  WAYSIDE_CHECK(kContext != nullptr);
  return kContext.get();
}

Error damaged() { return {"a block is damaged", "restore the database from a backup"}; }

}  // namespace

void ColumnWriter::number(std::uint64_t value) { put_varint(bytes_, value); }

void ColumnWriter::bytes(std::string_view bytes) {
  put_varint(bytes_, bytes.size());
  bytes_ += bytes;
}

void ColumnWriter::numbers(std::span<const std::int64_t> values) {
  std::uint64_t before = 0;
  for (const std::int64_t value : values) {
    put_varint(bytes_, zigzag(static_cast<std::uint64_t>(value) - before));
    before = static_cast<std::uint64_t>(value);
  }
}

void ColumnWriter::texts(std::span<const std::string_view> values) {
  for (const std::string_view text : values) put_varint(bytes_, text.size());
  for (const std::string_view text : values) bytes_ += text;
}

Result<std::string> ColumnWriter::pack() const {
  std::string packed(ZSTD_compressBound(bytes_.size()), '\0');
  const std::size_t size = ZSTD_compressCCtx(compressor(), packed.data(), packed.size(), bytes_.data(), bytes_.size(), kLevel);
  if (ZSTD_isError(size) != 0) return Error{std::string("zstd: ") + ZSTD_getErrorName(size), "free memory"};
  packed.resize(size);
  return packed;
}

Result<ColumnReader> ColumnReader::unpack(std::string_view packed) {
  const auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > kUnpackedMax) return damaged();
  std::string bytes(size, '\0');
  if (ZSTD_decompressDCtx(decompressor(), bytes.data(), bytes.size(), packed.data(), packed.size()) != size) return damaged();
  return ColumnReader(std::move(bytes));
}

Result<std::string_view> ColumnReader::take(std::uint64_t size) {
  if (size > rest_.size()) return damaged();
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

Result<std::uint64_t> ColumnReader::number() {
  const auto value = take_varint(rest_);
  if (!value) return damaged();
  return *value;
}

Result<std::string_view> ColumnReader::bytes() {
  auto size = number();
  if (!size) return std::move(size).error();
  return take(*size);
}

Result<std::vector<std::int64_t>> ColumnReader::numbers(std::size_t count) {
  if (count > rest_.size()) return damaged();
  std::vector<std::int64_t> values(count);
  std::uint64_t before = 0;
  for (std::int64_t& value : values) {
    const auto difference = take_varint(rest_);
    if (!difference) return damaged();
    before += unzigzag(*difference);
    value = static_cast<std::int64_t>(before);
  }
  return values;
}

Result<std::vector<std::string_view>> ColumnReader::texts(std::size_t count) {
  if (count > rest_.size()) return damaged();
  std::vector<std::uint64_t> sizes(count);
  for (std::uint64_t& size : sizes) {
    const auto value = take_varint(rest_);
    if (!value) return damaged();
    size = *value;
  }
  std::vector<std::string_view> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto text = take(sizes[i]);
    if (!text) return std::move(text).error();
    values[i] = *text;
  }
  return values;
}

}  // namespace wayside::central
