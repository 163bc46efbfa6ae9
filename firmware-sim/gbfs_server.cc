#include "firmware-sim/gbfs_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>

#include "common/base/log.h"
#include "common/http/server.h"
#include "firmware-sim/gbfs_documents.h"
#include "firmware-sim/gzip.h"

namespace wayside::sim {
namespace {

using Exchange = std::shared_ptr<HttpExchange>;
constexpr std::string_view kEnding = ".json";

/// The tag inside `W/"7-1"` or `"7-1"`; comparison is weak (RFC 9110, 8.8.3.2) because gzip is served under one tag.
std::string_view strong_part(std::string_view tag) {
  while (!tag.empty() && tag.front() == ' ') tag.remove_prefix(1);
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  return tag;
}

/// First tag of If-None-Match: a poller holds one copy.
std::string_view held_tag(const HttpRequest& request) {
  const std::string_view header = strong_part(request.header("if-none-match"));
  return header.substr(0, header.find(','));
}

bool accepts_gzip(const HttpRequest& request) {
  return request.header("accept-encoding").find("gzip") != std::string_view::npos;
}

HttpResponse json_response(std::string body) {
  HttpResponse response;
  response.content_type = "application/json; charset=utf-8";
  response.body = std::move(body);
  return response;
}

}  // namespace

class GbfsServer::Impl {
 public:
  Impl(boost::asio::io_context& loop, GbfsServerOptions options, std::shared_ptr<GbfsFeed> feed)
      : loop_(loop),
        options_(std::move(options)),
        feed_(std::move(feed)),
        faults_(options_.faults, "gbfs", Random(options_.seed).fork(100),
                {Fault::kDrop, Fault::kCorrupt, Fault::kDelay, Fault::kSilence, Fault::kClockZero, Fault::kBusy}),
        started_(std::chrono::steady_clock::now()),
        server_(loop, http_options(options_), [this](const Exchange& exchange) { serve(exchange); }) {}

  HttpServer& server() { return server_; }
  const Faults& faults() const { return faults_; }
  std::string url() const {
    const std::string host = options_.listen.substr(0, options_.listen.rfind(':'));
    return "http://" + host + ":" + std::to_string(server_.port()) + "/gbfs.json";
  }

 private:
  static HttpServerOptions http_options(const GbfsServerOptions& options) {
    HttpServerOptions http;
    http.listen = options.listen;
    http.body_bytes_max = 4096;
    return http;
  }

  void serve(const Exchange& exchange) {
    const HttpRequest& request = exchange->request();
    if (request.method != "GET" && request.method != "HEAD") return exchange->respond({405, "text/plain", "GET only\n", {}});
    if (request.path == "/sim/status") return exchange->respond(json_response(feed_->status()));
    const double elapsed_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    if (faults_.silent(elapsed_s) || faults_.strikes(Fault::kDrop)) return exchange->abort();
    if (faults_.strikes(Fault::kBusy)) {
      return exchange->respond({429, "text/plain", "too many requests\n", {{"Retry-After", "2"}}});
    }
    const std::int64_t delay_ms = faults_.delay_ms();
    if (delay_ms == 0) return answer(exchange);
    auto timer = std::make_shared<boost::asio::steady_timer>(loop_, std::chrono::milliseconds(delay_ms));
    timer->async_wait([this, timer, exchange](boost::system::error_code error) {
      if (!error) answer(exchange);
    });
  }

  void answer(const Exchange& exchange) {
    const HttpRequest& request = exchange->request();
    const std::string_view path = request.path;
    if (!path.starts_with('/') || !path.ends_with(kEnding)) return not_found(exchange);
    const std::string name(path.substr(1, path.size() - 1 - kEnding.size()));
    if (name == "gbfs") return exchange->respond(index(request));
    // HEAD is no proof that a client has taken a body, so it does not move a replay on.
    const auto document = feed_->document(name, request.method == "GET" ? held_tag(request) : "");
    if (!document) return not_found(exchange);
    exchange->respond(respond(request, name, *document));
  }

  static void not_found(const Exchange& exchange) {
    exchange->respond({404, "text/plain", "no such file; start at /gbfs.json\n", {}});
  }

  HttpResponse index(const HttpRequest& request) const {
    std::string host(request.header("host"));
    if (host.empty()) host = options_.listen;
    return json_response(
        gbfs_index(feed_->version(), feed_->last_updated_s(), feed_->ttl_s(), "http://" + host, feed_->names()));
  }

  HttpResponse respond(const HttpRequest& request, const std::string& name, const GbfsDocument& document) {
    HttpResponse response = json_response({});
    response.headers = {
        {"ETag", document.etag}, {"Cache-Control", "max-age=" + std::to_string(feed_->ttl_s())}, {"Vary", "Accept-Encoding"}};
    if (held_tag(request) == document.etag) {
      response.status = 304;
      response.content_type.clear();
      return response;
    }
    if (faults_.strikes(Fault::kCorrupt)) {
      // Cut somewhere in the list: never valid JSON again.
      response.body = document.body.substr(0, document.body.size() / 4 + faults_.random().below(document.body.size() / 2));
      return response;
    }
    if (!accepts_gzip(request)) {
      response.body = document.body;
      return response;
    }
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = packed(name, document);
    return response;
  }

  const std::string& packed(const std::string& name, const GbfsDocument& document) {
    Packed& kept = packed_[name];  // as many entries as the feed has files
    if (kept.etag != document.etag) kept = {document.etag, gzip(document.body)};
    return kept.bytes;
  }

  struct Packed {
    std::string etag;
    std::string bytes;
  };

  boost::asio::io_context& loop_;
  GbfsServerOptions options_;
  std::shared_ptr<GbfsFeed> feed_;
  Faults faults_;
  std::chrono::steady_clock::time_point started_;
  std::map<std::string, Packed> packed_;
  HttpServer server_;
};

GbfsServer::GbfsServer(boost::asio::io_context& loop, GbfsServerOptions options, std::shared_ptr<GbfsFeed> feed)
    : impl_(std::make_unique<Impl>(loop, std::move(options), std::move(feed))) {}
GbfsServer::~GbfsServer() = default;
Status GbfsServer::start() { return impl_->server().start(); }
void GbfsServer::stop() { impl_->server().stop(); }
std::string GbfsServer::url() const { return impl_->url(); }
std::string GbfsServer::faults_summary() const { return impl_->faults().summary(); }

}  // namespace wayside::sim
