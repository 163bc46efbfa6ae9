// Proves how long answers go out: whole and tagged while they are short, in parts behind a real HTTP server when they are
// long, only as fast as the client takes them; a client that takes nothing is dropped, and holds up nobody meanwhile.
#include "central/reader_pool.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "central/answer.h"
#include "tests/unit/http/live_server.h"

namespace wayside::central {
namespace {

using test::LiveServer;
using test::RawClient;

constexpr std::size_t kChunk = 100'000;

/// A body of so many chunks of `x`; counts what has been made.
Answer long_answer(std::size_t chunks, std::atomic<std::size_t>& made, std::size_t fails_at = SIZE_MAX) {
  auto left = std::make_shared<std::size_t>(chunks);
  return {text_answer("begin\n", "text/csv"), [left, &made, fails_at](SqlDatabase&, std::string& out) -> Result<bool> {
            if (*left == fails_at) return Error{"the disk is gone", {}};
            out.append(kChunk - 1, 'x').append("\n");
            ++made;
            return --*left > 0;
          }};
}

class ReaderPoolTest : public ::testing::Test {
 protected:
  ~ReaderPoolTest() override { std::filesystem::remove(path_); }

  void serve(ReaderPoolOptions options) {
    options.threads = 1;
    ASSERT_TRUE(static_cast<bool>(SqlDatabase::open(path_)));
    server_ = std::make_unique<LiveServer>([this](const std::shared_ptr<HttpExchange>& exchange) {
      const std::string path = exchange->request().path;
      pool_->answer(exchange, [this, path](SqlDatabase&) -> Answer {
        if (path == "/short") return json_answer("{}");
        if (path == "/broken") return long_answer(20, made_, 5);
        return long_answer(path == "/endless" ? 1'000'000 : 20, made_);
      });
    });
    pool_ = std::make_unique<ReaderPool>(server_->loop(), path_, options);
  }
  void TearDown() override { server_.reset(); }

  std::string get(const std::string& path, const std::string& headers = "") {
    RawClient client(server_->port());
    client.send("GET " + path + " HTTP/1.0\r\n" + headers + "\r\n");
    return client.read_all();
  }
  ReaderPoolCounters counters() {
    return server_->on_loop([this] { return pool_->counters(); });
  }

  std::string path_ = std::filesystem::temp_directory_path() / ("reader_pool_" + std::to_string(getpid()) + ".db");
  std::atomic<std::size_t> made_{0};
  std::unique_ptr<ReaderPool> pool_;  // outlives the server, whose connections tell it that they end
  std::unique_ptr<LiveServer> server_;
};

TEST_F(ReaderPoolTest, a_long_body_comes_whole) {
  serve({});
  const std::string answer = get("/long");
  EXPECT_NE(answer.find("200 OK"), std::string::npos);
  EXPECT_EQ(answer.find("ETag"), std::string::npos);
  EXPECT_EQ(answer.size() - answer.find("begin\n"), 6 + 20 * kChunk);
  EXPECT_NE(get("/short").find("ETag"), std::string::npos);
  EXPECT_EQ(counters().streams_total, 1U);
  EXPECT_TRUE(server_->eventually([this] { return pool_->counters().streams == 0; }));
}

TEST_F(ReaderPoolTest, chunks_and_compression_end_in_order) {
  serve({});
  RawClient client(server_->port());
  client.send("GET /long HTTP/1.1\r\nAccept-Encoding: gzip\r\n\r\n");
  const std::string answer = client.read_all();
  EXPECT_NE(answer.find("Content-Encoding: gzip"), std::string::npos);
  EXPECT_NE(answer.find("Transfer-Encoding: chunked"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("0\r\n\r\n"));
  RawClient head(server_->port());
  head.send("HEAD /long HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(head.read_all().ends_with("\r\n\r\n"));
  EXPECT_TRUE(server_->eventually([this] { return pool_->counters().streams == 0; }));
}

TEST_F(ReaderPoolTest, a_client_that_takes_nothing_stops_nobody_and_is_dropped) {
  ReaderPoolOptions options;
  options.part_timeout_ms = 300;
  serve(options);
  RawClient stuck(server_->port());
  stuck.send("GET /endless HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(server_->eventually([this] { return pool_->counters().streams == 1; }));
  EXPECT_NE(get("/short").find("200 OK"), std::string::npos) << "by the only thread there is";
  EXPECT_TRUE(server_->eventually([this] { return pool_->counters().streams_slow_total == 1; }));
  EXPECT_EQ(counters().streams, 0U);
  EXPECT_LT(made_, 500U) << "no more is made than the connection takes";
}

TEST_F(ReaderPoolTest, streams_are_limited_and_a_client_that_goes_makes_room) {
  ReaderPoolOptions options;
  options.streams_max = 1;
  serve(options);
  {
    RawClient first(server_->port());
    first.send("GET /endless HTTP/1.1\r\n\r\n");
    ASSERT_TRUE(server_->eventually([this] { return pool_->counters().streams == 1; }));
    const std::string refused = get("/long");
    EXPECT_NE(refused.find(" 503 "), std::string::npos);
    EXPECT_NE(refused.find("Retry-After"), std::string::npos);
    EXPECT_EQ(counters().streams_refused_total, 1U);
  }
  EXPECT_TRUE(server_->eventually([this] { return pool_->counters().streams == 0; }));
  EXPECT_NE(get("/long").find(" 200 "), std::string::npos);
}

TEST_F(ReaderPoolTest, a_failure_in_the_middle_breaks_the_connection_instead_of_looking_like_the_end) {
  serve({});
  RawClient client(server_->port());
  client.send("GET /broken HTTP/1.1\r\n\r\n");
  const std::string answer = client.read_all();
  EXPECT_NE(answer.find("200 OK"), std::string::npos);
  EXPECT_FALSE(answer.ends_with("0\r\n\r\n"));
}

}  // namespace
}  // namespace wayside::central
