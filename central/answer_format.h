#pragma once

#include <string>
#include <string_view>

#include "central/query_params.h"
#include "common/http/server.h"

namespace wayside::central {

/// How a list is written: one JSON document, comma-separated values with a header line (RFC 4180), or one JSON object a line.
enum class ListFormat : std::uint8_t { kJson, kCsv, kNdjson };

/// By `format=json|csv|ndjson`, else by the Accept header (the type with the highest q of those that we write), else JSON.
ListFormat read_format(QueryParams& params, const HttpRequest& request);
std::string_view content_type(ListFormat format);

/// True when the Accept-Encoding header takes the coding (`gzip`, `zstd`), by its name or by `*`.
bool takes_coding(const HttpRequest& request, std::string_view coding);

/// Appends a cell of CSV, quoted where it must be; the caller writes commas and line ends.
void append_csv(std::string& out, std::string_view text);
/// The same for a value given as JSON text: texts without their quotes, null and nothing as an empty cell.
void append_csv_json(std::string& out, std::string_view json);
inline constexpr std::string_view kCsvLineEnd = "\r\n";

/// `Link: <…>; rel="next"`: the request with another cursor, for formats that have no place for next_cursor.
void add_next_link(HttpResponse& response, const HttpRequest& request, const std::string& cursor);

}  // namespace wayside::central
