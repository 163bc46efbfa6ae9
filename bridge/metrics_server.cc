#include "bridge/metrics_server.h"

#include <boost/asio/io_context.hpp>
#include <thread>

#include "common/http/server.h"

namespace wayside::bridge {
namespace {

constexpr std::size_t kConnectionsMax = 64;

HttpResponse text_response(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

}  // namespace

struct MetricsServer::Impl {
  const BridgeMetrics& metrics;
  const BridgeStatus& status;
  boost::asio::io_context loop;
  std::unique_ptr<HttpServer> server;
  std::thread thread;

  Impl(const BridgeMetrics& bridge_metrics, const BridgeStatus& bridge_status)
      : metrics(bridge_metrics), status(bridge_status) {}

  HttpResponse answer(const HttpRequest& request) const {
    if (request.method != "GET" && request.method != "HEAD") return text_response(405, "GET only\n");
    if (request.path == "/metrics") {
      HttpResponse response = text_response(200, metrics.text());
      response.content_type = "text/plain; version=0.0.4; charset=utf-8";
      return response;
    }
    if (request.path != "/healthz") return text_response(404, "/metrics or /healthz\n");
    const auto word = [](bool ok) { return ok ? "connected" : "not connected"; };
    return text_response(status.healthy() ? 200 : 503,
                         std::string("mqtt ") + word(status.mqtt_connected) + "\nkafka " + word(status.kafka_connected) + "\n");
  }
};

MetricsServer::MetricsServer(const BridgeMetrics& metrics, const BridgeStatus& status)
    : impl_(std::make_unique<Impl>(metrics, status)) {}

MetricsServer::~MetricsServer() {
  impl_->loop.stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

Status MetricsServer::start(const std::string& listen) {
  HttpServerOptions options;
  options.listen = listen;
  options.connections_max = kConnectionsMax;
  impl_->server = std::make_unique<HttpServer>(impl_->loop, options, [this](const std::shared_ptr<HttpExchange>& exchange) {
    exchange->respond(impl_->answer(exchange->request()));
  });
  if (Status started = impl_->server->start(); !started.ok()) return std::move(started).error().while_doing("metrics_listen");
  impl_->thread = std::thread([this] { impl_->loop.run(); });
  return {};
}

unsigned MetricsServer::port() const { return impl_->server ? impl_->server->port() : 0; }

}  // namespace wayside::bridge
