#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/http/server.h"
#include "edge/drivers/kafka_rest.h"

namespace wayside::edge {

/// Who speaks: decides how an upload is read and which answer is understood.
enum class Dialect : std::uint8_t {
  kUnknown,
  kWunderground,
  kAcurite,
  kChaney,
  kOregon,
  kEcowitt,
  kSensorCommunity,
  kKafkaRest
};
std::string_view to_text(Dialect dialect);

/// Told by what a request carries, not by its path: devices' paths are user-set, and one path serves several dialects.
Dialect recognise(const HttpRequest& request, const UploadForm& form);

/// Fields of the query followed by those of a form body.
UploadForm form_of(const HttpRequest& request);

struct ParsedRequest {
  Dialect dialect = Dialect::kUnknown;
  std::vector<PushedUpload> uploads;  ///< one; with Kafka REST one a record
  bool whole_refused = false;         ///< the one upload stands for the whole request, not for a record
  bool counts = false;                ///< rail records: totals are made of them
};
ParsedRequest parse_request(const HttpRequest& request, std::size_t records_max);

/// How one upload ended.
struct UploadOutcome {
  enum class Kind : std::uint8_t { kAccepted, kRefused, kNotStored, kTooMany } kind = Kind::kRefused;
  FrameRefusal refusal;
  std::uint64_t offset = 0;  ///< Kafka REST: count of accepted records
};
/// The answer that the dialect's devices expect. `now` is the agent's time, if it knows it (Acurite bridges set
/// their clock by it).
HttpResponse answer(const ParsedRequest& parsed, const std::vector<UploadOutcome>& outcomes, std::optional<UtcTime> now);
/// 429, before the request has been looked at.
HttpResponse answer_too_many(const HttpRequest& request);

}  // namespace wayside::edge
