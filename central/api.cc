#include "central/api.h"

#include "central/answer.h"
#include "central/json_text.h"
#include "central/metrics.h"
#include "central/query_params.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

/// The path segment that stands for `{id}`, or nothing when the path is another one.
std::optional<std::string> match(std::string_view pattern, std::string_view path) {
  const std::size_t hole = pattern.find("{id}");
  if (hole == std::string_view::npos) return pattern == path ? std::optional<std::string>("") : std::nullopt;
  const std::string_view head = pattern.substr(0, hole);
  const std::string_view tail = pattern.substr(hole + 4);
  if (path.size() <= head.size() + tail.size() || !path.starts_with(head) || !path.ends_with(tail)) return std::nullopt;
  const std::string_view id = path.substr(head.size(), path.size() - head.size() - tail.size());
  if (id.find('/') != std::string_view::npos) return std::nullopt;
  return std::string(id);
}

}  // namespace

void Rate::sample(std::uint64_t total, UtcTime now) {
  constexpr double kMemory = 0.8;  // of the older value, per second
  const double seconds = static_cast<double>(now.ms - last_at_.ms) / 1000.0;
  if (last_at_.ms != 0 && seconds > 0) {
    per_s_ = kMemory * per_s_ + (1 - kMemory) * static_cast<double>(total - last_total_) / seconds;
  }
  last_total_ = total;
  last_at_ = now;
}

Api::Api(ApiContext context) : context_(std::move(context)) {}

const std::vector<Api::Route>& Api::routes() {
  static const std::vector<Route> kRoutes{{"/api/v1/stations", &Api::stations},
                                          {"/api/v1/stations.geojson", &Api::stations_geojson},
                                          {"/api/v1/stations/{id}", &Api::station},
                                          {"/api/v1/stations/{id}/readings", &Api::readings},
                                          {"/api/v1/stations/{id}/aggregates", &Api::aggregates},
                                          {"/api/v1/stations/{id}/forecast", &Api::forecast},
                                          {"/api/v1/picture", &Api::picture},
                                          {"/api/v1/weather-and-use", &Api::weather_and_use},
                                          {"/api/v1/ledger", &Api::ledger},
                                          {"/api/v1/pipeline", &Api::pipeline},
                                          {"/api/v1/quarantine", &Api::quarantine},
                                          {"/api/v1/alerts", &Api::alerts},
                                          {"/api/v1/quarantine/replay", &Api::replay_reason, "POST"},
                                          {"/api/v1/quarantine/{id}/replay", &Api::replay_item, "POST"},
                                          {"/api/v1/stations/{id}/move", &Api::move_station, "POST"},
                                          {"/api/v1/openapi.json", &Api::openapi},
                                          {"/gbfs/2.3/{id}", &Api::gbfs_23},
                                          {"/gbfs/3.0/{id}", &Api::gbfs_30},
                                          {"/api/v1/events", &Api::events},
                                          {"/events", &Api::events},
                                          {"/api/v1/page", &Api::page_settings},
                                          {"/tiles/base.pmtiles", &Api::tiles},
                                          {"/metrics", &Api::metrics},
                                          {"/healthz", &Api::healthz},
                                          {"/readyz", &Api::readyz}};
  return kRoutes;
}

std::vector<std::string> Api::route_list() {
  std::vector<std::string> list;
  for (const Route& route : routes()) list.push_back(std::string(route.method) + " " + std::string(route.pattern));
  return list;
}

void Api::respond_any(const Exchange& exchange, HttpResponse response) {
  if (response.body.size() < kLargeBody) return respond(exchange, std::move(response));
  auto shared = std::make_shared<HttpResponse>(std::move(response));
  context_.readers.answer(exchange, [shared](SqlDatabase&) { return std::move(*shared); });
}

void Api::respond(const Exchange& exchange, HttpResponse response) {
  finish_answer(response, exchange->request());
  add_security_headers(response);
  exchange->respond(std::move(response));
}

void Api::handle(const std::shared_ptr<HttpExchange>& exchange) {
  const HttpRequest& request = exchange->request();
  const std::string_view method = request.method == "HEAD" ? std::string_view("GET") : request.method;
  // Station ids may contain percent signs of their own, so the path is matched as sent and only the id is decoded.
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  for (const Route& route : routes()) {
    const auto id = match(route.pattern, path);
    if (!id) continue;
    if (method == route.method) return (this->*route.handler)(exchange, percent_decode(*id));
    return refuse_method(exchange, route.method);
  }
  page(exchange);
}

void Api::refuse_method(const Exchange& exchange, std::string_view allowed) {
  HttpResponse refused = problem(405, "Method not allowed", "here it is " + std::string(allowed));
  refused.headers.emplace_back("Allow", allowed == "GET" ? "GET, HEAD" : std::string(allowed));
  respond(exchange, std::move(refused));
}

void Api::events(const Exchange& exchange, const std::string&) {
  QueryParams params(exchange->request().query);
  std::string last(exchange->request().header("last-event-id"));
  if (last.empty()) last = params.text("last_event_id").value_or("");
  if (params.error()) return respond(exchange, bad_parameter(*params.error()));
  HttpResponse head;
  head.headers.emplace_back("Cache-Control", "no-store");
  head.headers.emplace_back("X-Accel-Buffering", "no");
  add_security_headers(head);
  if (context_.hub.add_viewer(exchange, last, std::move(head.headers), context_.clock.wall())) return;
  HttpResponse full = problem(503, "Too many viewers", "the limit http.viewers_max is reached; come back later");
  full.headers.emplace_back("Retry-After", "10");
  respond(exchange, std::move(full));
}

void Api::healthz(const Exchange& exchange, const std::string&) { respond(exchange, json_answer("{\"status\":\"ok\"}\n")); }

void Api::readyz(const Exchange& exchange, const std::string&) {
  const IngestReport report = context_.ingest.read();
  const bool ready = report.state == IngestState::kFolding;
  std::string out = "{";
  append_key(out, "status");
  out += ready ? "\"ready\"" : "\"not_ready\"";
  append_key(out, "ingest");
  append_json_string(out, to_text(report.state));
  append_key(out, "reasons");
  out += '[';
  if (!ready) append_json_string(out, report.detail.empty() ? to_text(report.state) : report.detail);
  out += ']';
  append_key(out, "what_to_run");
  report.state == IngestState::kOutOfRange ? append_json_string(out, kWhatToRun) : void(out += "null");
  append_key(out, "gaps");
  out += gaps_json(report.gaps);
  append_key(out, "cluster_id");
  append_json_string(out, report.cluster_id);
  append_key(out, "cluster_changed");
  out += report.cluster_changed ? "true" : "false";
  append_key(out, "database_id");
  append_json_string(out, context_.identity.id);
  out += "}\n";
  respond(exchange, json_answer(std::move(out), ready ? 200 : 503));
}

void Api::metrics(const Exchange& exchange, const std::string&) {
  HttpResponse response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body =
      metrics_text({context_.ingest.read(), context_.hub.counters(), context_.server_counters(), context_.board.counts(),
                    context_.readers.counters(), context_.started_at, context_.alert_counters(), context_.bronze_counters(),
                    tracks_->counters(), context_.state_topic_counters(), context_.forecast_counters()});
  respond(exchange, std::move(response));
}

}  // namespace wayside::central
