#include "common/http/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <set>

#include "common/base/log.h"
#include "common/http/session.h"

namespace wayside {

namespace asio = boost::asio;
using asio::ip::tcp;

class HttpServer::Impl : public HttpServerCore, public std::enable_shared_from_this<HttpServer::Impl> {
 public:
  Impl(asio::io_context& loop, HttpServerOptions server_options, HttpHandler server_handler)
      : HttpServerCore{std::move(server_options), std::move(server_handler), {}, {}, {}}, acceptor_(loop), retry_(loop) {}

  Status start() {
    const std::size_t colon = options.listen.rfind(':');
    boost::system::error_code error;
    std::string host = options.listen.substr(0, colon == std::string::npos ? 0 : colon);
    if (host.size() > 1 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    const auto address = asio::ip::make_address(host, error);
    const std::string port_text = colon == std::string::npos ? "" : options.listen.substr(colon + 1);
    char* end = nullptr;
    const unsigned long port = std::strtoul(port_text.c_str(), &end, 10);
    if (error || port_text.empty() || *end != '\0' || port > 65535) {
      return Error{"listen: is not an address and port (got " + options.listen + ")", "127.0.0.1:8080 or 0.0.0.0:8080"};
    }
    WAYSIDE_TRY(load_certificate());
    const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(port));
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      boost::system::error_code ignored;
      acceptor_.close(ignored);
      return Error{"listening on " + options.listen + ": " + error.message(), "stop what uses the port, or choose another"};
    }
    accept();
    return {};
  }

  void stop() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    retry_.cancel(ignored);
    const auto sessions = open;  // a closed session, or what its callback lets go of, leaves the set
    for (HttpSession* session : sessions) {
      if (open.contains(session)) session->drop();
    }
  }

  std::uint16_t port() const {
    boost::system::error_code error;
    const auto endpoint = acceptor_.local_endpoint(error);
    return error ? 0 : endpoint.port();
  }

 private:
  Status load_certificate() {
    if (options.cert_file.empty() && options.key_file.empty()) return {};
    tls_ = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    boost::system::error_code error;
    tls_->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    tls_->use_certificate_chain_file(options.cert_file, error);
    if (error) return Error{"cert_file: " + error.message() + " (got " + options.cert_file + ")", "a PEM certificate chain"};
    tls_->use_private_key_file(options.key_file, asio::ssl::context::pem, error);
    if (error) return Error{"key_file: " + error.message() + " (got " + options.key_file + ")", "the PEM key of cert_file"};
    return {};
  }

  void accept() {
    acceptor_.async_accept([self = shared_from_this()](boost::system::error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted || !self->acceptor_.is_open()) return;
      if (error) return self->accept_later(error.message());
      self->admit(std::move(socket));
      self->accept();
    });
  }

  /// Out of file descriptors: try again soon instead of spinning.
  void accept_later(const std::string& why) {
    log_limited(LogLevel::kError, "accept_failed", options.listen, {{"listen", options.listen}, {"error", why}});
    retry_.expires_after(std::chrono::milliseconds(100));
    retry_.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (!error) self->accept();
    });
  }

  void admit(tcp::socket socket) {
    ++counters.accepted;
    boost::system::error_code ignored;
    const std::string remote = socket.remote_endpoint(ignored).address().to_string();
    const auto known = open_by_address.find(remote);
    const std::size_t of_address = known == open_by_address.end() ? 0 : known->second;
    const bool too_many_of_one = options.connections_per_address_max != 0 && of_address >= options.connections_per_address_max;
    if (too_many_of_one || open.size() >= options.connections_max) {
      ++counters.refused_connections;
      log_limited(LogLevel::kWarn, "connection_refused", options.listen,
                  {{"listen", options.listen},
                   {"from", remote},
                   {"limit", too_many_of_one ? "connections_per_address_max" : "connections_max"},
                   {"open", open.size()}});
      return;
    }
    socket.set_option(tcp::no_delay(true), ignored);
    start_http_session(shared_from_this(), std::move(socket), tls_.get());
  }

  tcp::acceptor acceptor_;
  asio::steady_timer retry_;
  std::unique_ptr<asio::ssl::context> tls_;
};

HttpServer::HttpServer(asio::io_context& loop, HttpServerOptions options, HttpHandler handler)
    : impl_(std::make_shared<Impl>(loop, std::move(options), std::move(handler))) {}
HttpServer::~HttpServer() { impl_->stop(); }
Status HttpServer::start() { return impl_->start(); }
void HttpServer::stop() { impl_->stop(); }
std::uint16_t HttpServer::port() const { return impl_->port(); }
HttpServerCounters HttpServer::counters() const {
  HttpServerCounters counters = impl_->counters;
  counters.open = impl_->open.size();
  return counters;
}

}  // namespace wayside
