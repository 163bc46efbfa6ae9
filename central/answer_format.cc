#include "central/answer_format.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

namespace wayside::central {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

/// The weight of `word` in a header of weighted words (`gzip, br;q=0.5, *;q=0`); nothing when it is not named.
std::optional<double> weight_of(std::string_view header, std::string_view word) {
  while (!header.empty()) {
    const std::size_t comma = std::min(header.find(','), header.size());
    std::string_view item = header.substr(0, comma);
    header.remove_prefix(std::min(comma + 1, header.size()));
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    if (!same_word(trimmed(item.substr(0, semicolon)), word)) continue;
    item.remove_prefix(semicolon);
    const std::size_t q = item.find("q=");
    double weight = 1;
    if (q != std::string_view::npos) std::from_chars(item.data() + q + 2, item.data() + item.size(), weight);
    return weight;
  }
  return std::nullopt;
}

}  // namespace

bool takes_coding(const HttpRequest& request, std::string_view coding) {
  const std::string_view accepted = request.header("accept-encoding");
  const auto named = weight_of(accepted, coding);
  return named.value_or(weight_of(accepted, "*").value_or(0)) > 0;
}

ListFormat read_format(QueryParams& params, const HttpRequest& request) {
  if (const auto given = params.text("format")) {
    if (*given == "csv") return ListFormat::kCsv;
    if (*given == "ndjson") return ListFormat::kNdjson;
    if (*given != "json") params.fail("format", "is none of ours", *given, "json, csv or ndjson");
    return ListFormat::kJson;
  }
  const std::string_view accepted = request.header("accept");
  const double json = std::max(weight_of(accepted, "application/json").value_or(0), weight_of(accepted, "*/*").value_or(0));
  const double csv = weight_of(accepted, "text/csv").value_or(0);
  const double ndjson = weight_of(accepted, "application/x-ndjson").value_or(0);
  if (csv > json && csv >= ndjson) return ListFormat::kCsv;
  return ndjson > json ? ListFormat::kNdjson : ListFormat::kJson;
}

std::string_view content_type(ListFormat format) {
  switch (format) {
    case ListFormat::kJson: return "application/json";
    case ListFormat::kCsv: return "text/csv; charset=utf-8; header=present";
    case ListFormat::kNdjson: return "application/x-ndjson";
  }
  return {};
}

void append_csv(std::string& out, std::string_view text) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_csv_json(std::string& out, std::string_view json) {
  if (json.empty() || json == "null") return;
  if (json.front() != '"') return append_csv(out, json);
  if (json.find('\\') == std::string_view::npos) return append_csv(out, json.substr(1, json.size() - 2));
  const auto text = nlohmann::json::parse(json, nullptr, false);
  append_csv(out, text.is_string() ? text.get<std::string>() : std::string(json));
}

void add_next_link(HttpResponse& response, const HttpRequest& request, const std::string& cursor) {
  std::string link = "<" + request.target.substr(0, request.target.find('?')) + "?";
  std::string_view rest = request.query;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!pair.starts_with("cursor=") && pair.find_first_of("<>\"\r\n ") == std::string_view::npos)
      link.append(pair).append("&");
  }
  response.headers.emplace_back("Link", link + "cursor=" + cursor + ">; rel=\"next\"");
}

}  // namespace wayside::central
