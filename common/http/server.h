#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"

namespace boost::asio {
class io_context;
}

namespace wayside {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;  ///< upper case
  std::string target;  ///< path and query as sent, without the scheme and host of a whole URL
  std::string path;    ///< target up to the first '?', percent-decoded
  std::string query;   ///< behind the first '?', as sent
  HttpHeaders headers;
  std::string body;
  std::string remote;  ///< address of the peer, without port

  /// First header of that name (case-insensitive), or an empty view.
  std::string_view header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  HttpHeaders headers;
};

/// One request and its answer. Everything runs on the server's io_context; answer from there, now or later. Letting go
/// of an exchange that has not been answered closes its connection. After the connection has ended, or the server has
/// been stopped, all calls are allowed and do nothing.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;
  /// Until it is answered.
  virtual const HttpRequest& request() const = 0;
  /// Sends the whole answer; to be called once, instead of start_stream.
  virtual void respond(HttpResponse response) = 0;
  /// Sends the head (its body first) and keeps the connection open for `send`; for server-sent events and long bodies
  /// (chunked for HTTP/1.1, until close for HTTP/1.0). To HEAD only the head goes out and the stream ends.
  virtual void start_stream(HttpResponse head) = 0;
  /// Queues bytes on a started stream. Watch queued_bytes: the server sets no limit on it.
  virtual void send(std::shared_ptr<const std::string> bytes) = 0;
  /// Ends a started stream when all queued bytes are out.
  virtual void finish_stream() = 0;
  /// Drops the connection at once.
  virtual void abort() = 0;
  virtual std::size_t queued_bytes() const = 0;
  /// Called once when the connection has ended: the peer has gone, the stream is out, or inside abort() and
  /// HttpServer::stop(). Not called for an exchange whose connection goes on to its next request.
  virtual void on_closed(std::function<void()> callback) = 0;
  /// Called whenever the queue of a stream has run empty.
  virtual void on_drained(std::function<void()> callback) = 0;
};

/// What the server answered by itself, because it was no request that a handler could be given.
struct HttpRefusal {
  int status = 400;       ///< 400, 408, 413 or 431
  std::string why;        ///< for a person
  std::string remote;     ///< address of the peer
  std::string_view head;  ///< the first bytes of the request, at most 256, until the call returns; secrets not masked
};

struct HttpServerOptions {
  std::string listen = "127.0.0.1:8080";  ///< ADDRESS:PORT, [v6]:PORT; port 0 takes a free one
  std::string cert_file;                  ///< PEM; with key_file the server speaks TLS
  std::string key_file;
  std::size_t connections_max = 4096;  ///< further ones are closed at once and counted
  /// Of one remote address, so that a single peer cannot take all places; 0: no limit (all viewers behind one proxy).
  std::size_t connections_per_address_max = 0;
  std::size_t header_bytes_max = 16 * 1024;
  std::size_t body_bytes_max = 1024 * 1024;
  /// For reading one request, for an idle kept-alive connection, and (plus 1 s per 16 KiB) for sending an answer.
  std::uint32_t request_timeout_s = 30;
  /// For the head of a request, from its first byte on, or from the connect on for the first one.
  std::uint32_t header_timeout_s = 5;
  std::function<void(const HttpRefusal&)> on_refused;  ///< may be empty; must not stop the server
};

struct HttpServerCounters {
  std::uint64_t accepted = 0;
  std::uint64_t requests = 0;
  std::uint64_t refused_connections = 0;  ///< over connections_max or connections_per_address_max
  std::uint64_t bad_requests = 0;         ///< not HTTP, too large, or too slow
  std::size_t open = 0;
};

using HttpHandler = std::function<void(std::shared_ptr<HttpExchange>)>;

/// HTTP/1.0 and 1.1 on Boost.Beast: buffers a request that arrives in any number of segments, answers 400, 408, 413 or
/// 431 by itself to what is not a request and 100 to who waits for it, and closes cleanly. Single-threaded: lives on one
/// io_context.
class HttpServer {
 public:
  HttpServer(boost::asio::io_context& loop, HttpServerOptions options, HttpHandler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Binds and listens; the error names the address and what to try.
  Status start();
  /// Stops listening and drops all connections.
  void stop();
  std::uint16_t port() const;
  HttpServerCounters counters() const;

  class Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

/// `a=1&b=%20+x` to decoded pairs in order; a '+' is a blank. Broken escapes are kept as they are.
std::vector<std::pair<std::string, std::string>> parse_form(std::string_view form);
std::string percent_decode(std::string_view text);

}  // namespace wayside
