#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/range_set.h"
#include "common/base/time.h"
#include "common/contract/names.h"
#include "common/contract/reason.h"
#include "common/contract/streams.h"

namespace wayside {

inline constexpr std::size_t kReadingBytesMax = 16 * 1024;
inline constexpr std::size_t kMessageBytesMax = 256 * 1024;
inline constexpr std::size_t kNestingMax = 32;                   ///< levels of arrays and objects in a reading
inline constexpr std::uint64_t kSeqMax = 9'007'199'254'740'991;  // 2^53 - 1, exact in every JSON reader

/// How far observed_at can be trusted.
enum class ClockQuality : std::uint8_t {
  kSynced,   ///< the kernel said synchronised, an RTC set it, or the time came from the source itself
  kTrusted,  ///< setting `clock = "trust"`
  kDated,    ///< dated afterwards from monotonic time
  kUnknown,  ///< never had time: history only
};
std::string_view to_text(ClockQuality quality);
std::optional<ClockQuality> parse_clock_quality(std::string_view text);

/// One observation of one stream of a station (FORMAT.md). seq 0 and an empty epoch: unnumbered.
struct Reading {
  std::string station_id;
  Stream stream = Stream::kBikeStatus;
  std::string epoch;
  std::uint64_t seq = 0;
  UtcTime observed_at;
  ClockQuality clock = ClockQuality::kSynced;
  std::string values;  ///< a JSON object as text, unknown fields included; from the parser always in one minified form

  bool numbered() const { return seq != 0; }
  friend bool operator==(const Reading&, const Reading&) = default;
};

/// The JSON text of a reading. `values` must be a JSON object.
std::string encode_reading(const Reading& reading);
/// Appends the JSON text to `out`.
void append_reading(std::string& out, const Reading& reading);
/// Appends `text` as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

struct Refusal {
  Reason reason = Reason::kBadJson;
  std::string detail;  ///< for a person: which field, what was wrong
};

/// One item of a message. When refused, the fields of `reading` that could be read are filled.
struct ParsedReading {
  Reading reading;
  /// The item as JSON text, until the next parse: as sent when it came alone or is no JSON, else minified.
  std::string_view bytes;
  std::optional<Refusal> refusal;
};

/// Refused items without a readable number that one message may yield; further ones are only counted, so that
/// `[1,1,1,…]` of 256 KiB does not become 131,000 items in memory.
inline constexpr std::size_t kNamelessKeptMax = 17;

/// Checks bytes from outside against the contract. Reuses its buffers: keep one per thread. Not thread-safe.
class ReadingParser {
 public:
  /// Without `keep_values` the checks are the same but `Reading::values` stays empty (the bridge forwards `bytes`).
  explicit ReadingParser(bool keep_values = true);
  ~ReadingParser();
  ReadingParser(const ReadingParser&) = delete;
  ReadingParser& operator=(const ReadingParser&) = delete;

  /// A reading or an array of readings. A message that is too large gives one refused item, an empty array none. One that
  /// is no JSON is cut at its top level and each item read by itself: a bad one is refused alone, with its number when
  /// that can be read. A reading's size is counted as sent when it came alone, minified when it came in an array. With
  /// `topic`, the items must agree with it. The payload must outlive `out`, which is cleared first.
  void parse(std::string_view payload, const ReadingTopic* topic, std::vector<ParsedReading>& out);
  /// Refused items of the last message beyond kNamelessKeptMax.
  std::size_t nameless_left_out() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// As many ranges fit into one loss statement whatever their numbers; more go into several.
inline constexpr std::size_t kLossRangesMax = 400;

/// What an agent's limits forced out: the `values` of stream `loss`.
struct LossStatement {
  std::string epoch;
  std::vector<SeqRange> ranges;
  std::string reason;
  std::uint64_t last_seq = 0;
};
std::string encode_loss(const LossStatement& loss);
/// Nothing when `values` is no loss statement.
std::optional<LossStatement> parse_loss(std::string_view values);

}  // namespace wayside
