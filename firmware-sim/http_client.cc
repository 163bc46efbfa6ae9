#include "firmware-sim/http_client.h"

#include <algorithm>
#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <cctype>
#include <charconv>
#include <memory>
#include <optional>

namespace wayside::sim {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;
constexpr std::size_t kReplyBytesMax = 64 * 1024;

std::optional<std::size_t> content_length(std::string head) {
  std::transform(head.begin(), head.end(), head.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::string_view kName = "\r\ncontent-length:";
  std::size_t at = head.find(kName);
  if (at == std::string::npos) return std::nullopt;
  at = head.find_first_not_of(' ', at + kName.size());
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(head.data() + at, head.data() + head.size(), length);
  return error == std::errc{} ? std::optional(length) : std::nullopt;
}

class HttpCall : public std::enable_shared_from_this<HttpCall> {
 public:
  HttpCall(asio::io_context& loop, HttpCallOptions options, std::function<void(const HttpReply&)> done)
      : options_(std::move(options)), done_(std::move(done)), resolver_(loop), socket_(loop), gap_(loop), deadline_(loop) {}

  void start() {
    deadline_.expires_after(options_.timeout);
    deadline_.async_wait([self = shared_from_this()](ErrorCode error) {
      if (!error) self->fail("no answer in time");
    });
    resolver_.async_resolve(options_.target.host, options_.target.port,
                            [self = shared_from_this()](ErrorCode error, const tcp::resolver::results_type& found) {
                              if (error) return self->fail(error.message());
                              self->connect(found);
                            });
  }

 private:
  void connect(const tcp::resolver::results_type& found) {
    asio::async_connect(socket_, found, [self = shared_from_this()](ErrorCode error, const tcp::endpoint&) {
      if (error) return self->fail(error.message());
      ErrorCode ignored;
      self->socket_.set_option(tcp::no_delay(true), ignored);
      self->write(0);
      self->read();
    });
  }

  void write(std::size_t number) {
    if (finished_ || number == options_.segments.size()) return;
    asio::async_write(socket_, asio::buffer(options_.segments[number]),
                      [self = shared_from_this(), number](ErrorCode error, std::size_t) {
                        // A server may answer and close before it has read all: the read tells.
                        if (error || self->finished_) return;
                        self->gap_.expires_after(self->options_.segment_gap);
                        self->gap_.async_wait([self, number](ErrorCode cancelled) {
                          if (!cancelled) self->write(number + 1);
                        });
                      });
  }

  void read() {
    socket_.async_read_some(asio::buffer(chunk_), [self = shared_from_this()](ErrorCode error, std::size_t count) {
      if (self->finished_) return;
      self->received_.append(self->chunk_.data(), count);
      HttpReply reply;
      if (parse_reply(self->received_, static_cast<bool>(error), reply)) return self->finish(reply);
      if (error) return self->fail(error.message());
      if (self->received_.size() > kReplyBytesMax) return self->fail("the answer is too long");
      self->read();
    });
  }

  void fail(const std::string& why) {
    if (!finished_) finish({0, "", why});
  }

  void finish(const HttpReply& reply) {
    finished_ = true;
    ErrorCode ignored;
    resolver_.cancel();
    socket_.close(ignored);
    gap_.cancel();
    deadline_.cancel();
    const auto done = std::move(done_);
    done_ = nullptr;
    done(reply);
  }

  HttpCallOptions options_;
  std::function<void(const HttpReply&)> done_;
  tcp::resolver resolver_;
  tcp::socket socket_;
  asio::steady_timer gap_;
  asio::steady_timer deadline_;
  std::array<char, 4096> chunk_{};
  std::string received_;
  bool finished_ = false;
};

}  // namespace

Result<HttpTarget> parse_target(const std::string& url) {
  constexpr std::string_view kScheme = "http://";
  const Error error{"--target: is no http address (got " + url + ")", "http://127.0.0.1:8085"};
  if (!url.starts_with(kScheme)) return error;
  const std::string authority = url.substr(kScheme.size(), url.find('/', kScheme.size()) - kScheme.size());
  const std::size_t colon = authority.rfind(':');
  HttpTarget target{authority.substr(0, colon), colon == std::string::npos ? "80" : authority.substr(colon + 1)};
  const bool digits = !target.port.empty() && target.port.find_first_not_of("0123456789") == std::string::npos;
  if (target.host.empty() || !digits) return error;
  return target;
}

bool parse_reply(const std::string& bytes, bool at_end, HttpReply& reply) {
  const std::size_t head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string::npos || !bytes.starts_with("HTTP/1.") || bytes.size() < 12) return false;
  const std::string head = bytes.substr(0, head_end);
  const auto length = content_length(head);
  const std::size_t have = bytes.size() - head_end - 4;
  if (!at_end && (!length || have < *length)) return false;
  reply.status = 0;
  std::from_chars(bytes.data() + 9, bytes.data() + 12, reply.status);
  reply.body = bytes.substr(head_end + 4, length.value_or(have));
  return reply.status != 0;
}

void http_call(asio::io_context& loop, HttpCallOptions options, std::function<void(const HttpReply&)> done) {
  std::make_shared<HttpCall>(loop, std::move(options), std::move(done))->start();
}

}  // namespace wayside::sim
