// Proves that operators' requests go to the writing thread and their exchanges come back: a connection lives and dies on the
// main loop.
#include "central/operator_desk.h"

#include <boost/asio/io_context.hpp>
#include <optional>
#include <thread>

#include "tests/unit/central/fold_fixture.h"

namespace wayside::central {
namespace {

/// Notes where it was answered and where it ended.
class NotedExchange final : public HttpExchange {
 public:
  explicit NotedExchange(std::optional<std::thread::id>& ended_on, int& status) : ended_on_(ended_on), status_(status) {}
  ~NotedExchange() override { ended_on_ = std::this_thread::get_id(); }
  const HttpRequest& request() const override { return request_; }
  void respond(HttpResponse response) override { status_ = response.status; }
  void start_stream(HttpResponse) override {}
  void send(std::shared_ptr<const std::string>) override {}
  void finish_stream() override {}
  void abort() override {}
  std::size_t queued_bytes() const override { return 0; }
  void on_closed(std::function<void()>) override {}
  void on_drained(std::function<void()>) override {}

 private:
  std::optional<std::thread::id>& ended_on_;
  int& status_;
  HttpRequest request_;
};

class OperatorDeskTest : public FoldTest {
 protected:
  bool ask() {
    return desk_.ask(loop_, std::make_shared<NotedExchange>(ended_on_, status_), [this](Fold&, FoldedBatch&) {
      worked_on_ = std::this_thread::get_id();
      return HttpResponse{202, "text/plain", "", {}};
    });
  }

  boost::asio::io_context loop_;
  OperatorDesk desk_;
  std::optional<std::thread::id> ended_on_;
  std::optional<std::thread::id> worked_on_;
  int status_ = 0;
};

TEST_F(OperatorDeskTest, the_exchange_ends_on_the_loop_even_when_the_job_is_kept_longer) {
  ASSERT_TRUE(ask());
  std::thread writer([this] {
    auto job = desk_.take();
    job(*fold_);
    loop_.run();  // as if the main loop had answered already, while the writer still has the job
    ended_on_.reset();
    status_ += 1000;
  });
  const std::thread::id writer_id = writer.get_id();
  writer.join();
  EXPECT_EQ(worked_on_, writer_id);
  EXPECT_EQ(status_, 1202);
  EXPECT_FALSE(ended_on_.has_value()) << "the job still held the exchange";
}

TEST_F(OperatorDeskTest, what_waits_at_the_end_is_let_go_and_nothing_more_is_taken) {
  ASSERT_TRUE(ask());
  desk_.close();
  EXPECT_EQ(ended_on_, std::this_thread::get_id());
  EXPECT_FALSE(desk_.take());
  EXPECT_FALSE(ask());
}

TEST_F(OperatorDeskTest, at_most_so_many_wait) {
  for (std::size_t i = 0; i < OperatorDesk::kJobsMax; ++i) EXPECT_TRUE(ask());
  EXPECT_FALSE(ask());
}

}  // namespace
}  // namespace wayside::central
