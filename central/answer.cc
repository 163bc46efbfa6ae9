#include "central/answer.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "central/body_encoder.h"
#include "central/json_fields.h"
#include "central/json_text.h"
#include "common/base/log.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

constexpr std::size_t kCompressFrom = 2048;

std::string_view header_of(const HttpResponse& response, std::string_view name) {
  const auto found = std::find_if(response.headers.begin(), response.headers.end(),
                                  [name](const auto& header) { return header.first == name; });
  return found == response.headers.end() ? std::string_view() : std::string_view(found->second);
}

/// RFC 9110, 13.1.2: any of the tags, compared weakly.
bool names_tag(std::string_view if_none_match, std::string_view etag) {
  if (if_none_match == "*") return true;
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  return !etag.empty() && if_none_match.find(etag) != std::string_view::npos;
}

}  // namespace

HttpResponse problem(int status, std::string_view title, std::string_view detail) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/problem+json";
  std::string& out = response.body;
  out = "{\"type\":\"about:blank\"";
  append_key(out, "title");
  append_json_string(out, title);
  append_key(out, "status");
  append_integer(out, status);
  append_key(out, "detail");
  // It may quote what was asked, cut anywhere: bytes that are no UTF-8 are shown as such.
  using Json = nlohmann::json;
  out += Json(detail).dump(-1, ' ', false, Json::error_handler_t::replace);
  out += "}\n";
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

HttpResponse bad_parameter(const Error& error) {
  return problem(400, "Bad parameter", error.hint.empty() ? error.message : error.message + "; try " + error.hint);
}

HttpResponse failure(const Error& error) {
  log_limited(LogLevel::kError, "answer_failed", "api", {{"error", error.message}, {"try", error.hint}});
  return problem(500, "Internal error", error.message);
}

HttpResponse text_answer(std::string body, std::string_view content_type) {
  HttpResponse response;
  response.content_type = content_type;
  response.body = std::move(body);
  response.headers.emplace_back("Cache-Control", "no-cache");
  return response;
}

HttpResponse json_answer(std::string body, int status) {
  HttpResponse response = text_answer(std::move(body), "application/json");
  response.status = status;
  if (status != 200) response.headers.front().second = "no-store";
  return response;
}

std::string content_security_policy(const std::vector<std::string>& hosts) {
  std::string others;
  for (const std::string& host : hosts) others += " " + host;
  return "default-src 'none'; script-src 'self'; worker-src 'self'; manifest-src 'self'; style-src 'self'; img-src 'self' "
         "data:" +
         others + "; connect-src 'self'" + others + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

void add_security_headers(HttpResponse& response) {
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("X-Frame-Options", "DENY");
  response.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.emplace_back("Permissions-Policy", "camera=(), microphone=(), payment=(), usb=()");
  if (header_of(response, "Content-Security-Policy").empty())
    response.headers.emplace_back("Content-Security-Policy", content_security_policy({}));
}

void set_etag(HttpResponse& response, std::uint64_t mark) {
  char text[24];
  std::snprintf(text, sizeof text, "W/\"%016llx\"", static_cast<unsigned long long>(mark));
  response.headers.emplace_back("ETag", text);
}

void answer_if_changed(HttpResponse& response, const HttpRequest& request) {
  if (response.status != 200 || !names_tag(request.header("if-none-match"), header_of(response, "ETag"))) return;
  response.status = 304;
  response.body.clear();
}

void finish_answer(HttpResponse& response, const HttpRequest& request) {
  if (response.status == 200 && header_of(response, "Cache-Control") == "no-cache" && header_of(response, "ETag").empty()) {
    set_etag(response, hash_bytes(response.body));
  }
  answer_if_changed(response, request);
  if (response.body.size() < kCompressFrom || response.status == 206 || !header_of(response, "Content-Encoding").empty())
    return;
  response.headers.emplace_back("Vary", "Accept, Accept-Encoding");
  const Coding coding = choose_coding(request);
  if (coding == Coding::kNone) return;
  std::string out;
  BodyEncoder(coding, response.body.size()).feed(response.body, true, out);
  response.body = std::move(out);
  response.headers.emplace_back("Content-Encoding", to_text(coding));
}

}  // namespace wayside::central
