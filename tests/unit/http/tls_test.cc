// Proves the same over TLS with a certificate made on the spot: answers, streams, and peers that speak no TLS.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <boost/asio/ssl.hpp>
#include <filesystem>

#include "tests/unit/http/live_server.h"

namespace wayside {
namespace {

namespace asio = boost::asio;
using test::LiveServer;
using test::RawClient;

template <auto free>
struct Free {
  template <class T>
  void operator()(T* pointer) const {
    free(pointer);
  }
};

/// A self-signed certificate and its key in files that live as long as this.
class Certificate {
 public:
  Certificate() : base_(testing::TempDir() + "wayside_http_" + std::to_string(getpid())) {
    const std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
    const std::unique_ptr<X509, Free<X509_free>> cert(X509_new());
    X509_gmtime_adj(X509_getm_notBefore(cert.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(cert.get()), 3600);
    X509_set_pubkey(cert.get(), key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
    X509_set_issuer_name(cert.get(), X509_get_subject_name(cert.get()));
    EXPECT_GT(X509_sign(cert.get(), key.get(), EVP_sha256()), 0);
    const std::unique_ptr<FILE, Free<std::fclose>> cert_out(std::fopen(cert_file().c_str(), "w"));
    const std::unique_ptr<FILE, Free<std::fclose>> key_out(std::fopen(key_file().c_str(), "w"));
    EXPECT_EQ(PEM_write_X509(cert_out.get(), cert.get()), 1);
    EXPECT_EQ(PEM_write_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr), 1);
  }
  ~Certificate() {
    std::filesystem::remove(cert_file());
    std::filesystem::remove(key_file());
  }
  std::string cert_file() const { return base_ + ".crt"; }
  std::string key_file() const { return base_ + ".key"; }
  HttpServerOptions options() const {
    HttpServerOptions options;
    options.cert_file = cert_file();
    options.key_file = key_file();
    options.request_timeout_s = 2;
    return options;
  }

 private:
  std::string base_;
};

class TlsClient {
 public:
  TlsClient(std::uint16_t port, const Certificate& certificate)
      : context_(asio::ssl::context::tls_client), stream_(loop_, context_) {
    context_.load_verify_file(certificate.cert_file());
    stream_.set_verify_mode(asio::ssl::verify_peer);
    stream_.next_layer().connect({asio::ip::address_v4::loopback(), port});
    stream_.handshake(asio::ssl::stream_base::client);
  }
  void send(std::string_view bytes) { asio::write(stream_, asio::buffer(bytes)); }
  std::string read_all() {
    std::string text;
    asio::read(stream_, asio::dynamic_buffer(text), error_);
    return text;
  }
  /// True when TLS was closed in order (close_notify), so that nothing can have been cut off.
  bool ended_well() const { return error_ == asio::error::eof; }

 private:
  asio::io_context loop_;
  asio::ssl::context context_;
  asio::ssl::stream<asio::ip::tcp::socket> stream_;
  boost::system::error_code error_;
};

TEST(HttpTls, answers_and_closes_in_order) {
  const Certificate certificate;
  LiveServer server(
      [](const auto& exchange) {
        exchange->respond({200, "text/plain", std::string(100'000, 'x'), {}});
      },
      certificate.options());
  TlsClient client(server.port(), certificate);
  client.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::string answer = client.read_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_GT(answer.size(), 100'000U);
  EXPECT_TRUE(client.ended_well());
}

TEST(HttpTls, streams_and_finishes_while_watching_the_peer) {
  const Certificate certificate;
  std::shared_ptr<HttpExchange> held;
  int closed = 0;
  LiveServer server(
      [&](const auto& exchange) {
        held = exchange;
        exchange->on_closed([&] { ++closed; });
        exchange->start_stream({200, "text/plain", "a", {}});
      },
      certificate.options());
  TlsClient client(server.port(), certificate);
  client.send("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(server.eventually([&] { return held != nullptr && held->queued_bytes() == 0; }));
  server.on_loop([&] {
    held->send(std::make_shared<const std::string>("b"));
    held->finish_stream();
    held.reset();
  });
  EXPECT_TRUE(client.read_all().ends_with("1\r\na\r\n1\r\nb\r\n0\r\n\r\n"));
  EXPECT_TRUE(client.ended_well());
  EXPECT_TRUE(server.eventually([&] { return closed == 1 && server.server().counters().open == 0; }));
}

TEST(HttpTls, slow_request_is_408) {
  const Certificate certificate;
  LiveServer server([](const auto& exchange) { exchange->respond({}); }, certificate.options());
  TlsClient client(server.port(), certificate);
  client.send("GET / HT");
  EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 408 "));
}

TEST(HttpTls, plain_and_silent_peers_are_let_go) {
  const Certificate certificate;
  LiveServer server([](const auto& exchange) { exchange->respond({}); }, certificate.options());
  RawClient plain(server.port());
  plain.send("GET / HTTP/1.1\r\n\r\n");
  plain.read_all();
  RawClient silent(server.port());
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_TRUE(server.eventually([&] { return server.server().counters().open == 0; }));
  EXPECT_EQ(server.counters().requests, 0U);
}

TEST(HttpTls, stop_while_streaming) {
  const Certificate certificate;
  std::shared_ptr<HttpExchange> held;
  LiveServer server(
      [&](const auto& exchange) {
        held = exchange;
        exchange->start_stream({200, "text/plain", std::string(5'000'000, 'x'), {}});
      },
      certificate.options());
  TlsClient client(server.port(), certificate);
  client.send("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(server.eventually([&] { return held != nullptr; }));
  server.on_loop([&] {
    server.server().stop();
    held.reset();
  });
  client.read_all();
  EXPECT_TRUE(server.eventually([&] { return server.server().counters().open == 0; }));
}

TEST(HttpTls, wrong_files_are_named) {
  const Certificate certificate;
  asio::io_context loop;
  HttpServer swapped(loop, test::files(certificate.key_file(), certificate.cert_file()), nullptr);
  const Status status = swapped.start();
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message.find("cert_file"), std::string::npos);
  HttpServer half(loop, test::files(certificate.cert_file(), ""), nullptr);
  EXPECT_FALSE(half.start().ok()) << "a certificate without its key must not fall back to plain HTTP";
}

}  // namespace
}  // namespace wayside
