#include "common/http/session.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <deque>
#include <optional>
#include <sstream>
#include <utility>

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
  return 400;
}

/// True when the peer simply went away, which is no bad request.
bool went_away(const ErrorCode& error) {
  return error == http::error::end_of_stream || error == asio::error::eof || error == asio::error::connection_reset ||
         error == asio::error::operation_aborted || error == asio::ssl::error::stream_truncated;
}

/// The path of a target that may be a whole URL, as clients that think we are a proxy send it (RFC 9112, 3.2.2).
std::string_view local_path(std::string_view target) {
  if (target.empty() || target.front() == '/') return target;
  const std::size_t scheme = target.find("://");
  if (scheme == std::string_view::npos) return target;
  const std::size_t slash = target.find('/', scheme + 3);
  return slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
}

HttpRequest to_request(http::request<http::string_body>&& message, std::string remote) {
  HttpRequest request;
  request.method = std::string(message.method_string());
  const std::string_view target(message.target().data(), message.target().size());
  const std::size_t question = std::min(target.find('?'), target.size());
  request.target = local_path(target.substr(0, question));
  request.path = percent_decode(request.target);
  request.target += target.substr(question);
  if (question < target.size()) request.query = target.substr(question + 1);
  for (const auto& field : message) request.headers.emplace_back(field.name_string(), field.value());
  request.body = std::move(message.body());
  request.remote = std::move(remote);
  return request;
}

template <class Stream>
class Session final : public HttpSession, public HttpExchange, public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(std::shared_ptr<HttpServerCore> server, Stream stream)
      : server_(std::move(server)), stream_(std::move(stream)), deadline_(stream_.get_executor()) {
    ErrorCode ignored;
    remote_ = lowest().socket().remote_endpoint(ignored).address().to_string();
    server_->open.insert(this);
    ++server_->open_by_address[remote_];
  }
  ~Session() override {
    server_->open.erase(this);
    if (--server_->open_by_address[remote_] == 0) server_->open_by_address.erase(remote_);
  }

  void run() {
    if constexpr (kTls) {
      arm(timeout());
      stream_.async_handshake(asio::ssl::stream_base::server, [self = this->shared_from_this()](ErrorCode error) {
        if (!error) return self->read();
        if (!went_away(error)) ++self->server_->counters.bad_requests;
        self->abort();
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
    if (closed_) return;
    auto message = std::make_shared<http::response<http::string_body>>(
        http::int_to_status(static_cast<unsigned>(response.status)), version_);
    fill(*message, response);
    message->body() = std::move(response.body);
    message->keep_alive(keep_alive_ && request_.method != "CONNECT");
    message->prepare_payload();
    arm(time_to_send(message->body().size()));
    // A HEAD answer carries the head of the GET answer, without its body.
    if (request_.method == "HEAD") message->body().clear();
    http::async_write(stream_, *message, [self = this->shared_from_this(), message](ErrorCode error, std::size_t) {
      if (error) return self->abort();
      if (message->need_eof() || !self->keep_alive_) return self->close();
      self->read();
    });
  }

  void start_stream(HttpResponse head) override {
    WAYSIDE_CHECK(!answered_);
    answered_ = true;
    streaming_ = true;
    if (closed_) return;
    chunked_ = version_ >= 11;
    http::response<http::empty_body> message{http::int_to_status(static_cast<unsigned>(head.status)), version_};
    fill(message, head);
    message.chunked(chunked_);
    message.keep_alive(false);
    std::ostringstream text;
    text << message.base();
    push(std::make_shared<const std::string>(text.str()));
    if (request_.method == "HEAD") {
      finishing_ = true;
    } else if (!head.body.empty()) {
      push_chunk(std::make_shared<const std::string>(std::move(head.body)));
    }
    write_queue();
    watch_peer();
  }

  void send(std::shared_ptr<const std::string> bytes) override {
    WAYSIDE_CHECK(streaming_);
    if (closed_ || finishing_ || bytes->empty()) return;
    push_chunk(std::move(bytes));
    write_queue();
  }

  void finish_stream() override {
    WAYSIDE_CHECK(streaming_);
    if (closed_ || finishing_) return;
    if (chunked_) push(std::make_shared<const std::string>("0\r\n\r\n"));
    finishing_ = true;
    arm(time_to_send(queued_bytes_));
    if (queue_.empty()) return close();
    write_queue();
  }

  void abort() override {
    if (closed_) return;
    closed_ = true;
    const auto self = this->shared_from_this();  // the callback may let go of the last other holder
    disarm();
    ErrorCode ignored;
    lowest().socket().close(ignored);
    // The callbacks may hold this session: let go of them.
    const auto callback = std::exchange(on_closed_, nullptr);
    on_drained_ = nullptr;
    if (callback) callback();
  }

  std::size_t queued_bytes() const override { return queued_bytes_; }
  void on_closed(std::function<void()> callback) override {
    if (closed_) return asio::post(stream_.get_executor(), std::move(callback));
    on_closed_ = std::move(callback);
  }
  void on_drained(std::function<void()> callback) override {
    if (!closed_) on_drained_ = std::move(callback);
  }

 private:
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;
  using Milliseconds = std::chrono::milliseconds;

  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }
  Milliseconds timeout() const { return std::chrono::seconds(server_->options.request_timeout_s); }
  Milliseconds header_timeout() const { return std::min(timeout(), Milliseconds(1000 * server_->options.header_timeout_s)); }
  /// A peer that takes less than 16 KiB/s is as good as gone.
  Milliseconds time_to_send(std::size_t bytes) const { return timeout() + Milliseconds(bytes / 16); }

  /// Tcp_stream's own time limit closes the socket, which leaves no way to answer 408: hence a timer here.
  void arm(Milliseconds limit) {
    deadline_.expires_after(limit);
    deadline_.async_wait([weak = this->weak_from_this()](ErrorCode error) {
      const auto self = weak.lock();
      if (error || !self || self->deadline_.expiry() > std::chrono::steady_clock::now()) return;
      self->too_late();
    });
  }
  /// Also stops a wait whose handler is queued already: the expiry it will see lies in the future.
  void disarm() { deadline_.expires_at(std::chrono::steady_clock::time_point::max()); }

  void too_late() {
    if (!parser_ || head_.empty() || closing_) return abort();
    timed_out_ = true;  // refuse() goes on
    lowest().cancel();
  }

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
    on_closed_ = nullptr;  // they belonged to the exchange before
    on_drained_ = nullptr;
    head_.clear();
    if (buffer_.size() != 0) return read_head();  // it came with the request before
    // A kept connection may be idle for longer than the head of a request may take.
    arm(std::exchange(first_, false) ? header_timeout() : timeout());
    stream_.async_read_some(buffer_.prepare(kHeadKept), [self = this->shared_from_this()](ErrorCode error, std::size_t count) {
      if (error) return self->refuse(error);
      self->buffer_.commit(count);
      self->read_head();
    });
  }

  void read_head() {
    head_.assign(static_cast<const char*>(buffer_.data().data()), std::min(buffer_.size(), kHeadKept));
    arm(header_timeout());
    http::async_read_header(stream_, buffer_, *parser_, [self = this->shared_from_this()](ErrorCode error, std::size_t) {
      if (error) return self->refuse(error);
      self->go_on_to_body();
    });
  }

  void go_on_to_body() {
    if (parser_->is_done()) return serve();
    arm(timeout());
    const auto& head = parser_->get();
    if (head.version() < 11 || !beast::iequals(head[http::field::expect], "100-continue")) return read_body();
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(kContinue), [self = this->shared_from_this()](ErrorCode error, std::size_t) {
      if (error) return self->refuse(error);
      self->read_body();
    });
  }

  void read_body() {
    http::async_read(stream_, buffer_, *parser_, [self = this->shared_from_this()](ErrorCode error, std::size_t) {
      if (error) return self->refuse(error);
      self->serve();
    });
  }

  void serve() {
    disarm();
    timed_out_ = false;
    ++server_->counters.requests;
    version_ = parser_->get().version();
    keep_alive_ = parser_->get().keep_alive();
    request_ = to_request(parser_->release(), remote_);
    parser_.reset();
    server_->handler(this->shared_from_this());
  }

  void refuse(const ErrorCode& error) {
    parser_.reset();
    if (!timed_out_ && went_away(error)) return abort();
    ++server_->counters.bad_requests;
    keep_alive_ = false;
    version_ = 11;
    request_ = {};
    const std::string why = timed_out_ ? "the request took too long" : error.message();
    const int code = timed_out_ ? 408 : status_for(error);
    if (server_->options.on_refused) server_->options.on_refused({code, why, remote_, head_});
    respond({code, "text/plain; charset=utf-8", "bad request: " + why + "\n", {}});
  }

  void push(std::shared_ptr<const std::string> bytes) {
    queued_bytes_ += bytes->size();
    queue_.push_back(std::move(bytes));
  }

  void push_chunk(std::shared_ptr<const std::string> bytes) {
    static const auto kEnd = std::make_shared<const std::string>("\r\n");
    if (!chunked_) return push(std::move(bytes));
    char size[20];
    const int length = std::snprintf(size, sizeof size, "%zx\r\n", bytes->size());
    push(std::make_shared<const std::string>(size, static_cast<std::size_t>(length)));
    push(std::move(bytes));
    push(kEnd);
  }

  void write_queue() {
    if (writing_ || queue_.empty()) return;
    writing_ = true;
    std::vector<asio::const_buffer> buffers;
    const std::size_t count = std::min<std::size_t>(queue_.size(), 64);
    for (std::size_t i = 0; i < count; ++i) buffers.emplace_back(asio::buffer(*queue_[i]));
    asio::async_write(stream_, buffers, [self = this->shared_from_this(), count](ErrorCode error, std::size_t written) {
      self->writing_ = false;
      if (error) return self->abort();
      self->wrote(count, written);
    });
  }

  void wrote(std::size_t count, std::size_t bytes) {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
    queued_bytes_ -= bytes;
    if (closed_) return;
    if (!queue_.empty()) return write_queue();
    if (finishing_) return close();
    // Called as a copy: the callback may end the session, which empties on_drained_.
    if (const auto callback = on_drained_) callback();
  }

  /// A streaming peer says nothing more; reading tells when it has gone.
  void watch_peer() {
    watching_ = true;
    stream_.async_read_some(asio::buffer(drain_), [self = this->shared_from_this()](ErrorCode error, std::size_t) {
      self->watching_ = false;
      if (self->closed_) return;
      if (self->closing_ && (!error || error == asio::error::operation_aborted)) return self->part();
      if (error) return self->abort();
      self->watch_peer();
    });
  }

  /// Ends the connection in a way that lets the peer read all of our answer: a bare close could reset it.
  void close() {
    if (closed_ || closing_) return;
    closing_ = true;
    arm(kPartingTime);                        // for all of it, whatever the peer goes on sending
    if (watching_) return lowest().cancel();  // there can be only one read at a time; watch_peer goes on
    part();
  }

  void part() {
    if constexpr (kTls) {
      stream_.async_shutdown([self = this->shared_from_this()](ErrorCode) { self->abort(); });
    } else {
      ErrorCode ignored;
      lowest().socket().shutdown(tcp::socket::shutdown_send, ignored);
      read_to_end();
    }
  }

  void read_to_end() {
    stream_.async_read_some(asio::buffer(drain_), [self = this->shared_from_this()](ErrorCode error, std::size_t) {
      if (error) return self->abort();
      self->read_to_end();
    });
  }

  static constexpr Milliseconds kPartingTime{2000};
  static constexpr std::size_t kHeadKept = 256;

  std::shared_ptr<HttpServerCore> server_;
  Stream stream_;
  asio::steady_timer deadline_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;  ///< set while a request is read
  std::string head_;   ///< first bytes of the request that is read; empty while none has come
  bool first_ = true;  ///< nothing has been read yet
  HttpRequest request_;
  std::string remote_;
  unsigned version_ = 11;
  bool keep_alive_ = true;
  bool answered_ = false;
  bool streaming_ = false;
  bool chunked_ = false;
  bool finishing_ = false;  ///< nothing more may be sent; closes when the queue is out
  bool writing_ = false;
  bool watching_ = false;
  bool timed_out_ = false;
  bool closing_ = false;
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
