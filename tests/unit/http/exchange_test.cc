// Proves the life of exchanges under AddressSanitizer: answers that come late or never, streams that end from either side,
// callbacks that end the session they belong to, a server that stops meanwhile.
#include "common/http/server.h"
#include "tests/unit/http/live_server.h"

namespace wayside {
namespace {

using test::LiveServer;
using test::options_with;
using test::RawClient;
using Exchange = std::shared_ptr<HttpExchange>;

std::shared_ptr<const std::string> bytes(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

/// Holds exchanges until the test says what becomes of them. All on the loop.
struct Held {
  std::vector<Exchange> exchanges;
  int closed = 0;
  int drained = 0;

  HttpHandler handler() {
    return [this](const Exchange& exchange) { exchanges.push_back(exchange); };
  }
};

TEST(HttpExchange, may_be_answered_later) {
  Held held;
  LiveServer server(held.handler());
  RawClient client(server.port());
  client.send("GET / HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(server.eventually([&] { return held.exchanges.size() == 1; }));
  server.on_loop([&] {
    held.exchanges[0]->respond({200, "text/plain", "late", {}});
    held.exchanges.clear();
  });
  EXPECT_TRUE(client.read_all().ends_with("\r\n\r\nlate"));
}

TEST(HttpExchange, let_go_without_an_answer_closes) {
  Held held;
  LiveServer server(held.handler());
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(server.eventually([&] { return held.exchanges.size() == 1; }));
  server.on_loop([&] { held.exchanges.clear(); });
  EXPECT_EQ(client.read_all(), "");
  EXPECT_EQ(server.counters().open, 0U);
}

TEST(HttpExchange, streams_chunks_until_finished) {
  Held held;
  LiveServer server(held.handler());
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(server.eventually([&] { return held.exchanges.size() == 1; }));
  server.on_loop([&] {
    auto& exchange = held.exchanges[0];
    exchange->on_closed([&] { ++held.closed; });
    exchange->on_drained([&] { ++held.drained; });
    exchange->start_stream({200, "text/event-stream", "hello", {{"Cache-Control", "no-store"}}});
    exchange->send(bytes("world"));
    exchange->send(bytes(""));
  });
  const std::string head = client.read_until("\r\n\r\n");
  EXPECT_NE(head.find("Transfer-Encoding: chunked\r\n"), std::string::npos) << head;
  EXPECT_NE(head.find("Cache-Control: no-store\r\n"), std::string::npos) << head;
  client.read_until("5\r\nhello\r\n5\r\nworld\r\n");
  ASSERT_TRUE(server.eventually([&] { return held.drained > 0 && held.exchanges[0]->queued_bytes() == 0; }));
  server.on_loop([&] {
    held.exchanges[0]->send(bytes("!"));
    held.exchanges[0]->finish_stream();
    held.exchanges[0]->finish_stream();
    held.exchanges[0]->send(bytes("too late"));
  });
  EXPECT_EQ(client.read_all(), "1\r\n!\r\n0\r\n\r\n");
  EXPECT_TRUE(client.ended_well());
  client.socket().close();
  ASSERT_TRUE(server.eventually([&] { return held.closed == 1; }));
  server.on_loop([&] {
    held.exchanges[0]->send(bytes("gone"));
    held.exchanges.clear();
  });
  EXPECT_EQ(server.counters().open, 0U);
}

TEST(HttpExchange, stream_to_http_1_0_ends_with_the_connection) {
  LiveServer server([](const Exchange& exchange) {
    exchange->start_stream({200, "text/plain", "a", {}});
    exchange->send(bytes("b"));
    exchange->finish_stream();
  });
  RawClient client(server.port());
  client.send("GET / HTTP/1.0\r\n\r\n");
  const std::string answer = client.read_all();
  EXPECT_EQ(answer.find("chunked"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\nab")) << answer;
}

TEST(HttpExchange, stream_to_head_is_its_head) {
  LiveServer server([](const Exchange& exchange) {
    exchange->start_stream({200, "text/event-stream", "hello", {}});
    exchange->send(bytes("world"));
  });
  RawClient client(server.port());
  client.send("HEAD / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(client.read_all().ends_with("\r\n\r\n"));
}

TEST(HttpExchange, long_stream_arrives_whole) {
  constexpr std::size_t kChunks = 3000;
  LiveServer server([](const Exchange& exchange) {
    exchange->start_stream({200, "text/plain", "", {}});
    for (std::size_t i = 0; i < kChunks; ++i) exchange->send(bytes(std::string(1000, static_cast<char>('a' + i % 26))));
    exchange->finish_stream();
  });
  RawClient client(server.port());
  client.send("GET / HTTP/1.0\r\n\r\n");
  const std::string answer = client.read_all();
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, kChunks * 1000);
}

TEST(HttpExchange, client_that_goes_away_closes_the_stream_once) {
  Held held;
  LiveServer server(held.handler());
  {
    RawClient client(server.port());
    client.send("GET / HTTP/1.1\r\n\r\n");
    ASSERT_TRUE(server.eventually([&] { return held.exchanges.size() == 1; }));
    server.on_loop([&] {
      const Exchange exchange = held.exchanges[0];
      exchange->on_closed([&held, exchange] { ++held.closed; });  // a cycle, as programs write it
      exchange->start_stream({200, "text/plain", "x", {}});
    });
    client.read_until("x");
  }
  EXPECT_TRUE(server.eventually([&] { return held.closed == 1; }));
  server.on_loop([&] {
    held.exchanges[0]->send(bytes("x"));
    held.exchanges[0]->abort();
    held.exchanges.clear();
  });
  EXPECT_EQ(held.closed, 1);
  EXPECT_EQ(server.counters().open, 0U);
}

TEST(HttpExchange, callbacks_may_end_their_session) {
  Held held;
  LiveServer server(held.handler());
  for (const bool by_abort : {true, false}) {
    RawClient client(server.port());
    client.send("GET / HTTP/1.1\r\n\r\n");
    ASSERT_TRUE(server.eventually([&] { return held.exchanges.size() == 1; }));
    server.on_loop([&] {
      const Exchange exchange = held.exchanges[0];
      const std::string captured(100, 'x');
      exchange->on_drained([exchange, captured, by_abort] {
        if (by_abort) {
          exchange->abort();
        } else {
          exchange->finish_stream();
        }
        EXPECT_EQ(captured.size(), 100U);
      });
      exchange->on_closed([&held, captured] {
        held.exchanges.clear();
        EXPECT_EQ(captured.size(), 100U);
      });
      exchange->start_stream({200, "text/plain", "x", {}});
    });
    client.read_all();
    client.socket().close();
    EXPECT_TRUE(server.eventually([&] { return held.exchanges.empty(); }));
  }
}

TEST(HttpExchange, abort_while_much_is_being_written) {
  Held held;
  LiveServer server(held.handler());
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(server.eventually([&] { return held.exchanges.size() == 1; }));
  server.on_loop([&] {
    held.exchanges[0]->on_closed([&] { ++held.closed; });
    held.exchanges[0]->start_stream({200, "text/plain", "", {}});
    for (int i = 0; i < 100; ++i) held.exchanges[0]->send(bytes(std::string(1'000'000, 'x')));
  });
  client.read_until("xxx");
  EXPECT_GT(server.on_loop([&] { return held.exchanges[0]->queued_bytes(); }), 1'000'000U);
  server.on_loop([&] {
    held.exchanges[0]->abort();
    EXPECT_EQ(held.closed, 1);
    held.exchanges.clear();
  });
  client.read_all();
  EXPECT_TRUE(server.eventually([&] { return server.server().counters().open == 0; }));
}

TEST(HttpExchange, peer_that_keeps_a_finished_stream_open_is_let_go) {
  Held held;
  LiveServer server(held.handler(), options_with(&HttpServerOptions::request_timeout_s, 1));
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(server.eventually([&] { return held.exchanges.size() == 1; }));
  server.on_loop([&] {
    held.exchanges[0]->start_stream({200, "text/plain", "", {}});
    held.exchanges[0]->send(bytes(std::string(100'000, 'x')));
    held.exchanges[0]->finish_stream();
    held.exchanges.clear();
  });
  EXPECT_TRUE(server.eventually([&] { return server.server().counters().open == 0; }));
}

TEST(HttpExchange, stop_ends_streams_and_waiting_exchanges) {
  Held held;
  LiveServer server(held.handler());
  RawClient streaming(server.port());
  RawClient waiting(server.port());
  RawClient idle(server.port());
  streaming.send("GET /s HTTP/1.1\r\n\r\n");
  waiting.send("GET /w HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(server.eventually([&] { return held.exchanges.size() == 2; }));
  server.on_loop([&] {
    for (const Exchange& exchange : held.exchanges) {
      // One session's end lets go of all: stop() must not touch what is gone.
      exchange->on_closed([&held] {
        ++held.closed;
        std::erase_if(held.exchanges, [](const Exchange& e) { return e->request().path == "/w"; });
      });
      if (exchange->request().path == "/s") exchange->start_stream({200, "text/plain", "x", {}});
    }
    server.server().stop();
  });
  EXPECT_GE(held.closed, 1);
  streaming.read_all();
  waiting.read_all();
  idle.read_all();
  server.on_loop([&] {
    // Late calls do nothing.
    for (const Exchange& exchange : held.exchanges) exchange->send(bytes("x"));
    held.exchanges.clear();
  });
  EXPECT_TRUE(server.eventually([&] { return server.server().counters().open == 0; }));
}

TEST(HttpExchange, late_calls_after_stop_do_nothing) {
  Held held;
  LiveServer server(held.handler());
  RawClient client(server.port());
  RawClient other(server.port());
  client.send("GET / HTTP/1.1\r\n\r\n");
  other.send("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(server.eventually([&] { return held.exchanges.size() == 2; }));
  server.on_loop([&] {
    server.server().stop();
    held.exchanges[0]->respond({200, "text/plain", "x", {}});
    held.exchanges[1]->on_closed([&] { ++held.closed; });
    held.exchanges[1]->start_stream({200, "text/plain", "x", {}});
    held.exchanges[1]->send(bytes("y"));
    held.exchanges[1]->finish_stream();
  });
  EXPECT_TRUE(server.eventually([&] { return held.closed == 1; })) << "told even when it was registered too late";
  server.on_loop([&] { held.exchanges.clear(); });
  EXPECT_EQ(client.read_all(), "");
}

TEST(HttpExchange, callbacks_end_with_their_exchange) {
  Held held;
  LiveServer server(held.handler());
  RawClient client(server.port());
  client.send("GET /1 HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(server.eventually([&] { return held.exchanges.size() == 1; }));
  server.on_loop([&] {
    held.exchanges[0]->on_closed([&] { ++held.closed; });
    held.exchanges[0]->respond({200, "text/plain", "first", {}});
    held.exchanges.clear();
  });
  client.read_until("first");
  client.send("GET /2 HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(server.eventually([&] { return held.exchanges.size() == 1; }));
  server.on_loop([&] {
    held.exchanges[0]->respond({200, "text/plain", "second", {}});
    held.exchanges.clear();
  });
  client.read_all();
  client.socket().close();
  EXPECT_TRUE(server.eventually([&] { return server.server().counters().open == 0; }));
  EXPECT_EQ(held.closed, 0);
}

TEST(HttpExchange, answered_twice_is_a_bug) {
  EXPECT_DEATH(
      {
        boost::asio::io_context loop;
        HttpServer server(loop, options_with(&HttpServerOptions::listen, "127.0.0.1:0"), [](const Exchange& exchange) {
          exchange->respond({200, "text/plain", "x", {}});
          exchange->respond({200, "text/plain", "x", {}});
        });
        static_cast<void>(server.start().ok());
        RawClient client(server.port());
        client.send("GET / HTTP/1.0\r\n\r\n");
        loop.run_for(std::chrono::seconds(5));
      },
      "bug: check failed");
}

}  // namespace
}  // namespace wayside
