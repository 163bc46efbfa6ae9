#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace wayside::central {

// The columns from which the blocks of silver and gold are made. Numbers lie as differences (zigzag, varint), so that what
// grows evenly or stands still becomes small bytes, and equal ones; zstd does the rest.

/// Writes columns behind each other.
class ColumnWriter {
 public:
  void number(std::uint64_t value);
  void bytes(std::string_view bytes);
  /// A column of numbers, each as its difference to the one before. Any 64-bit number is taken.
  void numbers(std::span<const std::int64_t> values);
  /// A column of texts: their lengths, then their characters.
  void texts(std::span<const std::string_view> values);
  /// All of it, compressed.
  Result<std::string> pack() const;

 private:
  std::string bytes_;
};

/// Reads them back in the same order. Whatever does not fit is an error: "the block is damaged".
class ColumnReader {
 public:
  static Result<ColumnReader> unpack(std::string_view packed);
  Result<std::uint64_t> number();
  /// Views live as long as the reader.
  Result<std::string_view> bytes();
  Result<std::vector<std::int64_t>> numbers(std::size_t count);
  Result<std::vector<std::string_view>> texts(std::size_t count);

 private:
  explicit ColumnReader(std::string bytes) : bytes_(std::make_unique<std::string>(std::move(bytes))), rest_(*bytes_) {}
  Result<std::string_view> take(std::uint64_t size);
  std::unique_ptr<std::string> bytes_;  // so that views stay when the reader moves
  std::string_view rest_;
};

}  // namespace wayside::central
