#include "central/reader_pool.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "central/answer.h"

namespace wayside::central {

ReaderPool::ReaderPool(boost::asio::io_context& loop, std::string database, std::size_t threads)
    : loop_(loop), database_(std::move(database)) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

ReaderPool::~ReaderPool() { stop(); }

void ReaderPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    queue_.clear();
  }
  wake_.notify_all();
  threads_.clear();
}

void ReaderPool::answer(const std::shared_ptr<HttpExchange>& exchange, Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() < kQueueMax && !stopping_) {
      Task task{exchange, {}, std::move(job)};
      task.request.headers = exchange->request().headers;
      queue_.push_back(std::move(task));
      wake_.notify_one();
      return;
    }
  }
  ++refused_total_;
  HttpResponse busy = problem(503, "Busy", "too many questions are waiting; ask again in a moment");
  busy.headers.emplace_back("Retry-After", "1");
  add_security_headers(busy);
  exchange->respond(std::move(busy));
}

void ReaderPool::work() {
  std::unique_ptr<SqlDatabase> connection;
  for (;;) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    Task task = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    auto response = std::make_shared<HttpResponse>(run(task, connection));
    finish_answer(*response, task.request);
    add_security_headers(*response);
    boost::asio::post(loop_, [exchange = std::move(task.exchange), response] { exchange->respond(std::move(*response)); });
  }
}

HttpResponse ReaderPool::run(const Task& task, std::unique_ptr<SqlDatabase>& connection) {
  if (connection == nullptr) {
    SqlOpenOptions options;
    options.read_only = true;
    auto opened = SqlDatabase::open(database_, options);
    if (!opened) return failure(opened.error());
    connection = std::make_unique<SqlDatabase>(std::move(*opened));
  }
  return task.job(*connection);
}

}  // namespace wayside::central
