#include "central/answer.h"

#include <zlib.h>

#include "central/json_text.h"
#include "common/base/log.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

constexpr std::size_t kCompressFrom = 2048;
constexpr int kGzipWindow = 15 + 16;  // zlib: +16 writes a gzip header

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
  append_json_string(out, detail);
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

HttpResponse json_answer(std::string body, int status) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(body);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

void add_security_headers(HttpResponse& response) {
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("X-Frame-Options", "DENY");
  response.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.emplace_back("Permissions-Policy", "camera=(), microphone=(), payment=(), usb=()");
  response.headers.emplace_back(
      "Content-Security-Policy",
      "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; "
      "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
}

bool takes_gzip(const HttpRequest& request) {
  const std::string_view accepted = request.header("accept-encoding");
  const std::size_t at = accepted.find("gzip");
  return at != std::string_view::npos && !accepted.substr(at).starts_with("gzip;q=0,") && accepted.substr(at) != "gzip;q=0";
}

void compress(HttpResponse& response, const HttpRequest& request) {
  if (response.body.size() < kCompressFrom) return;
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (!takes_gzip(request)) return;
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) return;
  std::string out(deflateBound(&stream, response.body.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(response.body.data());
  stream.avail_in = static_cast<uInt>(response.body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int rc = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (rc != Z_STREAM_END) return;
  response.body = std::move(out);
  response.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace wayside::central
