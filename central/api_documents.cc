// GET /gbfs/2.3/{file}, /gbfs/3.0/{file} and /api/v1/openapi.json: what others' programs read.
#include <algorithm>

#include "central/answer.h"
#include "central/api.h"
#include "central/json_fields.h"
#include "central/openapi.h"

namespace wayside::central {
namespace {

/// What the client calls this server. A Host that is no host is left out: nothing of it goes into a document.
std::string base_url(const HttpRequest& request, bool tls) {
  const std::string_view host = request.header("host");
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' ||
           c == '[' || c == ']';
  };
  if (host.empty() || host.size() > 300 || !std::all_of(host.begin(), host.end(), plain)) return {};
  return (tls ? "https://" : "http://") + std::string(host);
}

}  // namespace

void Api::gbfs_23(const Exchange& exchange, const std::string& file) { gbfs(exchange, GbfsVersion::k23, file); }
void Api::gbfs_30(const Exchange& exchange, const std::string& file) { gbfs(exchange, GbfsVersion::k30, file); }

void Api::gbfs(const Exchange& exchange, GbfsVersion version, const std::string& file) {
  const HttpRequest& request = exchange->request();
  if (!context_.gbfs.serves(version)) {
    return respond(exchange,
                   problem(404, "Not served", "GBFS 3.0 needs a contact: set gbfs.feed_contact_email, or take /gbfs/2.3"));
  }
  const std::string url = base_url(request, context_.tls);
  auto body = context_.gbfs.file(version, file, url, context_.clock.wall());
  if (!body) {
    return respond(exchange, problem(404, "No such feed", "gbfs.json beside it lists the feeds that there are"));
  }
  HttpResponse response = json_answer(std::move(*body));
  set_etag(response, mark_of(context_.board.version(), url + request.target));
  respond_any(exchange, std::move(response));
}

void Api::openapi(const Exchange& exchange, const std::string&) {
  respond_any(exchange, json_answer(std::string(openapi_document())));
}

}  // namespace wayside::central
