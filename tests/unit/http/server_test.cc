// Proves the server's requests and answers over real sockets on loopback: any segmentation, both versions, kept connections,
// limits and their answers.
#include "common/http/server.h"

#include "tests/unit/http/live_server.h"

namespace wayside {
namespace {

using test::LiveServer;
using test::options_with;
using test::RawClient;

/// Answers with what was asked: "GET /path?query body".
void echo(const std::shared_ptr<HttpExchange>& exchange) {
  const HttpRequest& request = exchange->request();
  exchange->respond(
      {200, "text/plain", request.method + " " + request.path + "?" + request.query + " " + request.body, {{"X-Test", "1"}}});
}

TEST(HttpServer, request_may_come_in_many_segments) {
  LiveServer server(echo);
  RawClient client(server.port());
  for (const char* part : {"PO", "ST /a%20b?x=1", " HTTP/1.1\r", "\nHost: h\r\nContent-", "Length: 5\r\nConnection: close\r\n",
                           "\r", "\nhe", "llo"}) {
    ASSERT_TRUE(client.send(part));
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
  const std::string answer = client.read_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_NE(answer.find("X-Test: 1\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\nPOST /a b?x=1 hello")) << answer;
  EXPECT_TRUE(client.ended_well());
}

TEST(HttpServer, http_1_0_is_answered_and_closed) {
  LiveServer server(echo);
  RawClient client(server.port());
  client.send("GET /x HTTP/1.0\r\n\r\n");
  const std::string answer = client.read_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.0 200 OK\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("GET /x? "));
}

TEST(HttpServer, connection_is_kept_and_pipelined_requests_are_answered_in_order) {
  LiveServer server(echo);
  RawClient client(server.port());
  client.send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  client.read_until("GET /1? ");
  client.read_until("GET /2? ");
  client.send("GET /3 HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.read_all().ends_with("GET /3? "));
  client.socket().close();
  EXPECT_EQ(server.counters().requests, 3U);
  EXPECT_EQ(server.counters().accepted, 1U);
  EXPECT_TRUE(server.eventually([&] { return server.server().counters().open == 0; }));
}

TEST(HttpServer, head_has_the_length_but_no_body) {
  LiveServer server(echo);
  RawClient client(server.port());
  client.send("HEAD /x HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::string answer = client.read_all();
  EXPECT_NE(answer.find("Content-Length: 9\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST(HttpServer, whole_url_as_target_gives_its_path) {
  LiveServer server(echo);
  RawClient client(server.port());
  client.send("GET http://weather.example/up?x=1 HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(client.read_all().ends_with("GET /up?x=1 "));
}

TEST(HttpServer, whole_url_as_target_counts_as_its_path_and_query) {
  LiveServer server([](const std::shared_ptr<HttpExchange>& exchange) {
    exchange->respond({200, "text/plain", exchange->request().target, {}});
  });
  for (const auto& [sent, target] : {std::pair("http://weather.example/a%20b?x=1", "/a%20b?x=1"),
                                     {"http://weather.example?x=/y", "/?x=/y"},
                                     {"/plain?u=http://h/", "/plain?u=http://h/"}}) {
    RawClient client(server.port());
    client.send(std::string("GET ") + sent + " HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(client.read_all().ends_with(std::string("\r\n\r\n") + target)) << sent;
  }
}

TEST(HttpServer, too_large_header_is_431) {
  LiveServer server(echo);
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
  EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 431 "));
  EXPECT_EQ(server.counters().bad_requests, 1U);
}

TEST(HttpServer, too_large_body_is_413_and_the_peer_gets_to_read_it) {
  LiveServer server(echo, options_with(&HttpServerOptions::body_bytes_max, 1000));
  RawClient at_limit(server.port());
  at_limit.send("POST / HTTP/1.0\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'));
  EXPECT_TRUE(at_limit.read_all().starts_with("HTTP/1.0 200"));
  RawClient above(server.port());
  above.send("POST / HTTP/1.1\r\nContent-Length: 300000\r\n\r\n" + std::string(300'000, 'x'));
  EXPECT_TRUE(above.read_until("\r\n").starts_with("HTTP/1.1 413 "));
}

TEST(HttpServer, chunked_request_is_put_together) {
  LiveServer server(echo);
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_TRUE(client.read_all().ends_with(" abcde"));
}

TEST(HttpServer, garbage_is_400) {
  LiveServer server(echo);
  for (const char* bytes :
       {"hello\r\n\r\n", "\x16\x03\x01\x02", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"}) {
    RawClient client(server.port());
    client.send(bytes);
    client.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send);
    EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 400 ")) << bytes;
  }
}

TEST(HttpServer, slow_request_is_408_and_idle_connection_is_closed_without_a_word) {
  LiveServer server(echo, options_with(&HttpServerOptions::request_timeout_s, 1));
  RawClient slow(server.port());
  RawClient slow_body(server.port());
  RawClient idle(server.port());
  slow.send("GET / HTT");
  slow_body.send("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_TRUE(slow.read_all().starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(slow_body.read_all().starts_with("HTTP/1.1 408 "));
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_TRUE(server.eventually([&] { return server.server().counters().open == 0; }));
  EXPECT_EQ(server.counters().bad_requests, 2U);
}

TEST(HttpServer, peer_that_never_stops_sending_is_let_go) {
  LiveServer server(echo, options_with(&HttpServerOptions::body_bytes_max, 10));
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n");
  const auto begin = std::chrono::steady_clock::now();
  while (client.send(std::string(1000, 'x')) && std::chrono::steady_clock::now() - begin < std::chrono::seconds(20)) {
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST(HttpServer, connections_beyond_the_limit_are_closed_and_counted) {
  LiveServer server(echo, options_with(&HttpServerOptions::connections_max, 2));
  RawClient first(server.port());
  RawClient second(server.port());
  ASSERT_TRUE(server.eventually([&] { return server.server().counters().open == 2; }));
  RawClient third(server.port());
  EXPECT_EQ(third.read_all(), "");
  EXPECT_EQ(server.counters().refused_connections, 1U);
  first.send("GET /1 HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(first.read_all().starts_with("HTTP/1.0 200"));
  first.socket().close();
  ASSERT_TRUE(server.eventually([&] { return server.server().counters().open == 1; }));
  RawClient fourth(server.port());
  fourth.send("GET /4 HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(fourth.read_all().ends_with("GET /4? "));
}

TEST(HttpServer, one_address_gets_only_its_share_of_the_connections) {
  LiveServer server(echo, options_with(&HttpServerOptions::connections_per_address_max, 2));
  RawClient first(server.port());
  RawClient second(server.port());
  ASSERT_TRUE(server.eventually([&] { return server.server().counters().open == 2; }));
  RawClient third(server.port());
  EXPECT_EQ(third.read_all(), "");
  EXPECT_EQ(server.counters().refused_connections, 1U);
  RawClient neighbour(server.port(), "127.0.0.2");
  neighbour.send("GET /n HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(neighbour.read_all().ends_with("GET /n? "));
  first.socket().close();
  ASSERT_TRUE(server.eventually([&] { return server.server().counters().open == 1; }));
  RawClient fourth(server.port());
  fourth.send("GET /4 HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(fourth.read_all().ends_with("GET /4? "));
}

TEST(HttpServer, a_slow_head_is_cut_off_long_before_a_slow_body) {
  HttpServerOptions options;
  options.header_timeout_s = 1;
  LiveServer server(echo, options);
  const auto begin = std::chrono::steady_clock::now();
  RawClient silent(server.port());
  RawClient slow(server.port());
  RawClient kept(server.port());
  RawClient slow_body(server.port());
  kept.send("GET /1 HTTP/1.1\r\n\r\n");
  kept.read_until("GET /1? ");
  slow.send("GET / HTT");
  slow_body.send("POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_TRUE(slow.read_all().starts_with("HTTP/1.1 408 "));
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  slow_body.send("cde");
  EXPECT_TRUE(slow_body.read_all().ends_with(" abcde"));
  kept.send("GET /2 HTTP/1.1\r\nConnection: close\r\n\r\n");  // idle for longer than a head may take
  EXPECT_TRUE(kept.read_all().ends_with("GET /2? "));
}

TEST(HttpServer, who_expects_100_continue_gets_it_before_the_body) {
  LiveServer server(echo, options_with(&HttpServerOptions::body_bytes_max, 1000));
  RawClient client(server.port());
  client.send("POST /c HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hello");
  EXPECT_TRUE(client.read_all().ends_with("POST /c? hello"));
  RawClient large(server.port());
  large.send("POST /c HTTP/1.1\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(large.read_until("\r\n").starts_with("HTTP/1.1 413 "));
}

TEST(HttpServer, tells_its_owner_what_it_refused) {
  std::vector<std::string> told;
  HttpServerOptions options;
  options.body_bytes_max = 10;
  options.request_timeout_s = 1;
  options.on_refused = [&told](const HttpRefusal& refusal) {
    told.push_back(std::to_string(refusal.status) + " " + refusal.remote + " " + std::string(refusal.head.substr(0, 16)));
    EXPECT_FALSE(refusal.why.empty());
  };
  LiveServer server(echo, options);
  for (const std::string& bytes :
       {std::string("complete nonsense\r\n\r\n"), std::string("POST /large HTTP/1.1\r\nContent-Length: 11\r\n\r\n"),
        "GET /head HTTP/1.1\r\nX: " + std::string(20'000, 'x'), std::string("GET /slow HTTP/1.1\r\n")}) {
    RawClient client(server.port());
    client.send(bytes);
    client.read_until("\r\n");
  }
  EXPECT_EQ(server.on_loop([&told] { return told; }),
            (std::vector<std::string>{"400 127.0.0.1 complete nonsens", "413 127.0.0.1 POST /large HTTP",
                                      "431 127.0.0.1 GET /head HTTP/1", "408 127.0.0.1 GET /slow HTTP/1"}));
}

TEST(HttpServer, bad_addresses_are_refused_with_what_to_try) {
  boost::asio::io_context loop;
  for (const char* listen :
       {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1", "[::1:8080", "300.0.0.1:80"}) {
    HttpServer server(loop, options_with(&HttpServerOptions::listen, listen), echo);
    const Status status = server.start();
    ASSERT_FALSE(status.ok()) << listen;
    EXPECT_NE(status.error().hint, "");
  }
  LiveServer running(echo);
  HttpServer taken(loop, options_with(&HttpServerOptions::listen, "127.0.0.1:" + std::to_string(running.port())), echo);
  const Status status = taken.start();
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message.find("listening on 127.0.0.1:"), std::string::npos);
  HttpServer no_certificate(loop, test::files("/nonexistent", "/nonexistent"), echo);
  EXPECT_FALSE(no_certificate.start().ok());
}

}  // namespace
}  // namespace wayside
