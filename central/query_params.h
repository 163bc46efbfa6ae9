#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "common/base/time.h"

namespace wayside::central {

/// The parameters of a request. A getter notes what it cannot read; `error()` tells the first of these.
class QueryParams {
 public:
  explicit QueryParams(std::string_view query);

  /// Nothing when the parameter is not there or empty.
  std::optional<std::string> text(std::string_view name, std::size_t bytes_max = 512);
  std::int64_t integer(std::string_view name, std::int64_t otherwise, std::int64_t min, std::int64_t max);
  std::optional<UtcTime> time(std::string_view name);
  /// `name=min_lon,min_lat,max_lon,max_lat`
  struct Box {
    double min_lon, min_lat, max_lon, max_lat;
  };
  std::optional<Box> box(std::string_view name);
  /// `name=lon,lat` on the globe
  std::optional<std::pair<double, double>> point(std::string_view name);

  /// Notes an error of the caller's own.
  void fail(std::string_view name, std::string_view why, std::string_view got, std::string_view hint);
  const std::optional<Error>& error() const { return error_; }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
  std::optional<Error> error_;
};

/// A place to go on from, as one opaque word: the parts joined by a zero byte, in base64 for URLs.
std::string encode_cursor(const std::vector<std::string>& parts);
/// The parts, when there are exactly `count`.
std::optional<std::vector<std::string>> decode_cursor(std::string_view cursor, std::size_t count);
/// The same for parts that are whole numbers.
std::optional<std::vector<std::int64_t>> decode_numbers(std::string_view cursor, std::size_t count);

}  // namespace wayside::central
