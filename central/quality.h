#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/contract/streams.h"

namespace wayside::central {

/// What is odd about one value. A closed list; a value without a flag is as good as any.
enum class Quality : std::uint8_t {
  kOk,
  kSentinel,    ///< a number that known sensors send for "no value"
  kOutOfRange,  ///< cannot be outdoors on earth; the contract's bounds only keep numbers from being absurd
  kJump,        ///< changed more than nature does since the reading before, which is at most 10 minutes old
  kFrozen,      ///< has not changed by a digit for 6 hours, in readings of at most an hour apart
};
std::string_view to_text(Quality quality);

/// How far back a judge must begin to read so that its flags do not depend on where it began.
inline constexpr std::int64_t kQualityContextMs = 7 * 3'600'000;

/// Flags of the values of one station's stream, in the order of SilverKey. A pure function of the readings.
class QualityJudge {
 public:
  explicit QualityJudge(Stream stream);

  /// The fields that it looks at; none: every value of the stream is kOk.
  std::span<const std::string_view> fields() const { return fields_; }
  /// `values` as fields(). The result as well, valid until the next call.
  std::span<const Quality> judge(std::int64_t at, std::span<const std::string_view> values);

 private:
  struct Memory {
    std::string text;  ///< the value before
    std::int64_t at = 0;
    std::int64_t same_since = 0;
  };
  std::vector<std::string_view> fields_;
  std::vector<Memory> memory_;
  std::vector<Quality> flags_;
};

/// Whether a value may count in gold: not kSentinel and not kOutOfRange. By the value alone.
bool usable(std::string_view field, double value);

/// `{"air_temperature_C":"jump"}`, or null when all are kOk.
std::string quality_json(std::span<const std::string_view> fields, std::span<const Quality> flags);

}  // namespace wayside::central
