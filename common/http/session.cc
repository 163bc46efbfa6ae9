#include "common/http/session.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <deque>
#include <optional>

namespace wayside {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

/// The answer to bytes that are no request we take.
int status_for(const ErrorCode& error) {
  if (error == http::error::body_limit) return 413;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  if (error == beast::error::timeout) return 408;
  return 400;
}

/// True when the peer simply went away, which is no bad request.
bool went_away(const ErrorCode& error) {
  return error == http::error::end_of_stream || error == asio::error::eof || error == asio::error::connection_reset ||
         error == asio::error::operation_aborted || error == asio::ssl::error::stream_truncated;
}

HttpRequest to_request(http::request<http::string_body>&& message, std::string remote) {
  HttpRequest request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  const std::size_t question = request.target.find('?');
  request.path = percent_decode(std::string_view(request.target).substr(0, question));
  if (question != std::string::npos) request.query = request.target.substr(question + 1);
  for (const auto& field : message) request.headers.emplace_back(field.name_string(), field.value());
  request.body = std::move(message.body());
  request.remote = std::move(remote);
  return request;
}

template <class Stream>
class Session final : public HttpSession, public HttpExchange, public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(std::shared_ptr<HttpServerCore> server, Stream stream) : server_(std::move(server)), stream_(std::move(stream)) {
    ErrorCode ignored;
    remote_ = lowest().socket().remote_endpoint(ignored).address().to_string();
    server_->open.insert(this);
  }
  ~Session() override { server_->open.erase(this); }

  void run() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      lowest().expires_after(timeout());
      stream_.async_handshake(asio::ssl::stream_base::server, [self = this->shared_from_this()](ErrorCode error) {
        if (!error) return self->read();
        ++self->server_->counters.bad_requests;
        self->close();
      });
    } else {
      read();
    }
  }

  void drop() override { abort(); }

  const HttpRequest& request() const override { return request_; }

  void respond(HttpResponse response) override {
    WAYSIDE_CHECK(!answered_);
    answered_ = true;
    auto message = std::make_shared<http::response<http::string_body>>(http::int_to_status(static_cast<unsigned>(response.status)),
                                                                       version_);
    fill(*message, response);
    message->body() = std::move(response.body);
    message->keep_alive(keep_alive_ && request_.method != "CONNECT");
    message->prepare_payload();
    // A HEAD answer carries the head of the GET answer, without its body.
    if (request_.method == "HEAD") message->body().clear();
    lowest().expires_after(timeout());
    http::async_write(stream_, *message, [self = this->shared_from_this(), message](ErrorCode error, std::size_t) {
      if (error || message->need_eof() || !self->keep_alive_) return self->close();
      self->read();
    });
  }

  void start_stream(HttpResponse head) override {
    WAYSIDE_CHECK(!answered_);
    answered_ = true;
    streaming_ = true;
    chunked_ = version_ >= 11;
    http::response<http::empty_body> message{http::int_to_status(static_cast<unsigned>(head.status)), version_};
    fill(message, head);
    message.chunked(chunked_);
    message.keep_alive(false);
    std::ostringstream text;
    text << message.base();
    lowest().expires_never();
    enqueue(std::make_shared<const std::string>(text.str()));
    if (!head.body.empty()) send(std::make_shared<const std::string>(std::move(head.body)));
    watch_peer();
  }

  void send(std::shared_ptr<const std::string> bytes) override {
    if (closed_ || finishing_ || bytes->empty()) return;
    if (!chunked_) return enqueue(std::move(bytes));
    char size[20];
    const int length = std::snprintf(size, sizeof size, "%zx\r\n", bytes->size());
    enqueue(std::make_shared<const std::string>(size, static_cast<std::size_t>(length)));
    enqueue(std::move(bytes));
    static const auto kEnd = std::make_shared<const std::string>("\r\n");
    enqueue(kEnd);
  }

  void finish_stream() override {
    if (closed_ || finishing_) return;
    if (chunked_) enqueue(std::make_shared<const std::string>("0\r\n\r\n"));
    finishing_ = true;
    if (queue_.empty()) close();
  }

  void abort() override {
    ErrorCode ignored;
    lowest().socket().close(ignored);
    closed();
  }

  std::size_t queued_bytes() const override { return queued_bytes_; }
  void on_closed(std::function<void()> callback) override { on_closed_ = std::move(callback); }
  void on_drained(std::function<void()> callback) override { on_drained_ = std::move(callback); }

 private:
  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }
  std::chrono::seconds timeout() const { return std::chrono::seconds(server_->options.request_timeout_s); }

  template <class Message>
  void fill(Message& message, const HttpResponse& response) {
    message.set(http::field::server, "wayside");
    if (!response.content_type.empty()) message.set(http::field::content_type, response.content_type);
    for (const auto& [name, value] : response.headers) message.set(name, value);
  }

  void read() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(server_->options.header_bytes_max));
    parser_->body_limit(server_->options.body_bytes_max);
    answered_ = false;
    lowest().expires_after(timeout());
    http::async_read(stream_, buffer_, *parser_, [self = this->shared_from_this()](ErrorCode error, std::size_t) {
      if (error) return self->refuse(error);
      self->serve();
    });
  }

  void serve() {
    ++server_->counters.requests;
    version_ = parser_->get().version();
    keep_alive_ = parser_->get().keep_alive();
    request_ = to_request(parser_->release(), remote_);
    server_->handler(this->shared_from_this());
  }

  void refuse(const ErrorCode& error) {
    const bool idle = error == beast::error::timeout && !parser_->got_some();
    if (went_away(error) || idle) return close();
    ++server_->counters.bad_requests;
    keep_alive_ = false;
    version_ = 11;
    request_ = {};
    respond({status_for(error), "text/plain; charset=utf-8", "bad request: " + error.message() + "\n", {}});
  }

  void enqueue(std::shared_ptr<const std::string> bytes) {
    queued_bytes_ += bytes->size();
    queue_.push_back(std::move(bytes));
    if (!writing_) write_next();
  }

  void write_next() {
    writing_ = true;
    std::vector<asio::const_buffer> buffers;
    const std::size_t count = std::min<std::size_t>(queue_.size(), 64);
    for (std::size_t i = 0; i < count; ++i) buffers.emplace_back(asio::buffer(*queue_[i]));
    asio::async_write(stream_, buffers, [self = this->shared_from_this(), count](ErrorCode error, std::size_t written) {
      self->writing_ = false;
      if (error) return self->abort();
      self->queue_.erase(self->queue_.begin(), self->queue_.begin() + static_cast<std::ptrdiff_t>(count));
      self->queued_bytes_ -= written;
      if (!self->queue_.empty()) return self->write_next();
      if (self->finishing_) return self->close();
      if (self->on_drained_) self->on_drained_();
    });
  }

  /// A streaming peer says nothing more; reading tells when it has gone.
  void watch_peer() {
    stream_.async_read_some(asio::buffer(drain_), [self = this->shared_from_this()](ErrorCode error, std::size_t) {
      if (error) return self->abort();
      self->watch_peer();
    });
  }

  void close() {
    ErrorCode ignored;
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      lowest().expires_after(std::chrono::seconds(2));
      stream_.async_shutdown([self = this->shared_from_this()](ErrorCode) { self->abort(); });
    } else {
      lowest().socket().shutdown(tcp::socket::shutdown_send, ignored);
      linger();
    }
  }

  /// Reads until the peer closes, so that it gets our answer and not a reset.
  void linger() {
    lowest().expires_after(std::chrono::seconds(2));
    stream_.async_read_some(asio::buffer(drain_), [self = this->shared_from_this()](ErrorCode error, std::size_t) {
      if (error) return self->abort();
      self->linger();
    });
  }

  void closed() {
    if (closed_) return;
    closed_ = true;
    // The callbacks may hold this session: let go of them.
    const auto callback = std::move(on_closed_);
    on_closed_ = nullptr;
    on_drained_ = nullptr;
    if (callback) callback();
  }

  struct Parser : http::request_parser<http::string_body> {
    bool got_some() const { return this->is_header_done(); }
  };

  std::shared_ptr<HttpServerCore> server_;
  Stream stream_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  HttpRequest request_;
  std::string remote_;
  unsigned version_ = 11;
  bool keep_alive_ = true;
  bool answered_ = false;
  bool streaming_ = false;
  bool chunked_ = false;
  bool finishing_ = false;
  bool writing_ = false;
  bool closed_ = false;
  std::deque<std::shared_ptr<const std::string>> queue_;
  std::size_t queued_bytes_ = 0;
  std::array<char, 512> drain_{};
  std::function<void()> on_closed_;
  std::function<void()> on_drained_;
};

}  // namespace

void start_http_session(std::shared_ptr<HttpServerCore> server, tcp::socket socket, asio::ssl::context* tls) {
  if (tls == nullptr) {
    std::make_shared<Session<PlainStream>>(std::move(server), PlainStream(std::move(socket)))->run();
  } else {
    std::make_shared<Session<TlsStream>>(std::move(server), TlsStream(PlainStream(std::move(socket)), *tls))->run();
  }
}

}  // namespace wayside
