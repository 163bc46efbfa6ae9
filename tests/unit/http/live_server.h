#pragma once

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <thread>

#include "common/http/server.h"

namespace wayside::test {

/// Default options with one changed.
template <class Value>
HttpServerOptions options_with(Value HttpServerOptions::*member, std::type_identity_t<Value> value) {
  HttpServerOptions options;
  options.*member = std::move(value);
  return options;
}

/// Default options on a free port, with TLS.
inline HttpServerOptions files(std::string cert_file, std::string key_file) {
  HttpServerOptions options = options_with(&HttpServerOptions::listen, "127.0.0.1:0");
  options.cert_file = std::move(cert_file);
  options.key_file = std::move(key_file);
  return options;
}

/// An HttpServer on a free loopback port, its loop in a thread of its own.
class LiveServer {
 public:
  explicit LiveServer(HttpHandler handler, HttpServerOptions options = {}) : work_(loop_.get_executor()) {
    options.listen = "127.0.0.1:0";
    server_ = std::make_unique<HttpServer>(loop_, options, std::move(handler));
    const Status started = server_->start();
    EXPECT_TRUE(started.ok()) << started.error().message;
    port_ = server_->port();
    thread_ = std::thread([this] { loop_.run(); });
  }
  /// Runs `work` on the server's loop and gives back its result.
  template <class Work>
  auto on_loop(Work work) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto result = task.get_future();
    boost::asio::post(loop_, [&task] { task(); });
    return result.get();
  }
  ~LiveServer() {
    on_loop([this] { server_.reset(); });
    work_.reset();
    thread_.join();
  }

  /// Waits until `condition` holds on the loop; false after 10 s.
  template <class Condition>
  bool eventually(Condition condition) {
    for (int i = 0; i < 2000; ++i) {
      if (on_loop(condition)) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }
  HttpServer& server() { return *server_; }
  boost::asio::io_context& loop() { return loop_; }
  HttpServerCounters counters() {
    return on_loop([this] { return server_->counters(); });
  }
  std::uint16_t port() const { return port_; }

 private:
  boost::asio::io_context loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::unique_ptr<HttpServer> server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// A blocking client that sends and reads bytes as the test says.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, const char* from = "127.0.0.1") : socket_(loop_) {
    socket_.open(boost::asio::ip::tcp::v4());
    socket_.bind({boost::asio::ip::make_address_v4(from), 0});
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
    socket_.set_option(boost::asio::ip::tcp::no_delay(true));
    const timeval limit{20, 0};  // a test fails, it does not hang
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }

  /// False when the peer has closed.
  bool send(std::string_view bytes) {
    boost::system::error_code error;
    boost::asio::write(socket_, boost::asio::buffer(bytes), error);
    return !error;
  }
  /// All until the peer closes.
  std::string read_all() {
    while (read_some()) {
    }
    return std::exchange(received_, {});
  }
  /// Up to and with `end`; less when the peer closes before.
  std::string read_until(std::string_view end) {
    std::size_t at = 0;
    while ((at = received_.find(end)) == std::string::npos) {
      if (!read_some()) return std::exchange(received_, {});
    }
    std::string text = received_.substr(0, at + end.size());
    received_.erase(0, text.size());
    return text;
  }
  /// True when the connection ended in order, false for a reset.
  bool ended_well() const { return ended_well_; }
  boost::asio::ip::tcp::socket& socket() { return socket_; }

 private:
  bool read_some() {
    char bytes[4096];
    boost::system::error_code error;
    const std::size_t count = socket_.read_some(boost::asio::buffer(bytes), error);
    received_.append(bytes, count);
    if (error) ended_well_ = error == boost::asio::error::eof;
    return !error;
  }

  boost::asio::io_context loop_;
  boost::asio::ip::tcp::socket socket_;
  std::string received_;
  bool ended_well_ = false;
};

}  // namespace wayside::test
