// The map page itself: its files, what the operator has set for it, and the base map.
#include "central/answer.h"
#include "central/answer_format.h"
#include "central/api.h"
#include "central/json_text.h"
#include "central/map_tiles.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

constexpr std::string_view kTilesPath = "tiles/base.pmtiles";

/// The files of the page hardly change and are asked for again each time: their tag is their content's hash.
void take_file(HttpResponse& response, const HttpRequest& request, const PageFile& file) {
  const std::string etag = "\"" + std::string(file.etag) + "\"";
  response.content_type = file.content_type;
  response.headers.emplace_back("ETag", etag);
  response.headers.emplace_back("Cache-Control", "no-cache");
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (request.header("if-none-match") == etag) {
    response.status = 304;
  } else if (!file.gzip.empty() && takes_coding(request, "gzip")) {
    response.body = file.gzip;
    response.headers.emplace_back("Content-Encoding", "gzip");
  } else {
    response.body = file.bytes;
  }
}

}  // namespace

void Api::page(const Exchange& exchange) {
  const HttpRequest& request = exchange->request();
  const PageFile* file = context_.find_page(request.path);
  if (file == nullptr)
    return respond(exchange, problem(404, "Not found", "there is nothing at " + request.path.substr(0, 100)));
  if (request.method != "GET" && request.method != "HEAD") return refuse_method(exchange, "GET");
  HttpResponse response;
  take_file(response, request, *file);
  response.headers.emplace_back("Content-Security-Policy", content_security_policy(context_.page.hosts()));
  respond(exchange, std::move(response));
}

void Api::page_settings(const Exchange& exchange, const std::string&) {
  const PageSettings& page = context_.page;
  const bool has_tiles = context_.tiles != nullptr || !page.tiles_url.empty();
  std::string out = "{";
  const auto text = [&out](std::string_view key, std::string_view value) {
    append_key(out, key);
    append_json_string(out, value);
  };
  text("timezone", page.timezone);
  text("geocoder_url", page.geocoder_url);
  append_key(out, "tiles");
  if (!has_tiles) out += "null";
  if (has_tiles) {
    out += '{';
    text("url", context_.tiles != nullptr ? std::string(kTilesPath) : page.tiles_url);
    text("attribution", page.tiles_attribution);
    out += '}';
  }
  out += "}\n";
  respond(exchange, json_answer(std::move(out)));
}

void Api::tiles(const Exchange& exchange, const std::string&) {
  if (context_.tiles == nullptr) return respond(exchange, problem(404, "Not found", "no base map is set (page.tiles_file)"));
  const HttpRequest& request = exchange->request();
  context_.readers.answer(
      exchange, [tiles = context_.tiles, range = std::string(request.header("range")),
                 tag = std::string(request.header("if-none-match"))](SqlDatabase&) { return tiles->piece(range, tag); });
}

}  // namespace wayside::central
