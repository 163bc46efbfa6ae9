#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstring>
#include <string>

namespace wayside::edge {

/// A blocking client whose server runs in the same thread: every step lets the loop do what is ready.
class TcpClient {
 public:
  TcpClient(boost::asio::io_context& loop, std::uint16_t port) : loop_(loop), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr generic{};
    std::memcpy(&generic, &address, sizeof generic);
    EXPECT_EQ(::connect(socket_, &generic, sizeof address), 0);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~TcpClient() { ::close(socket_); }
  TcpClient(const TcpClient&) = delete;
  TcpClient& operator=(const TcpClient&) = delete;

  void send(std::string_view bytes) {
    EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    loop_.restart();
    loop_.poll();
  }

  /// Runs the loop until the server has closed; all that it sent.
  std::string receive() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < deadline) {
      loop_.restart();
      loop_.run_one_for(std::chrono::milliseconds(10));
      char buffer[4096];
      const ssize_t size = ::recv(socket_, buffer, sizeof buffer, MSG_DONTWAIT);
      if (size > 0) received_.append(buffer, static_cast<std::size_t>(size));
      if (size == 0) return received_;
    }
    ADD_FAILURE() << "no end of the answer";
    return received_;
  }
  bool answered() {
    loop_.restart();
    loop_.poll();
    char byte = 0;
    return ::recv(socket_, &byte, 1, MSG_DONTWAIT | MSG_PEEK) > 0;
  }

 private:
  boost::asio::io_context& loop_;
  int socket_;
  std::string received_;
};

inline std::string body_of(const std::string& response) { return response.substr(response.find("\r\n\r\n") + 4); }
inline std::string status_of(const std::string& response) { return response.substr(9, 3); }

inline std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
}
inline std::string post(const std::string& target, const std::string& type, const std::string& body,
                        const std::string& headers = "") {
  return "POST " + target + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n" + headers + "Content-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace wayside::edge
