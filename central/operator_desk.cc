#include "central/operator_desk.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "central/answer.h"

namespace wayside::central {

bool OperatorDesk::ask(boost::asio::io_context& loop, std::shared_ptr<HttpExchange> exchange, Work work) {
  const std::lock_guard lock(mutex_);
  if (closed_ || jobs_.size() >= kJobsMax) return false;
  jobs_.emplace_back([&loop, exchange = std::move(exchange), work = std::move(work)](Fold& fold) mutable {
    FoldedBatch changed;
    auto response = std::make_shared<HttpResponse>(work(fold, changed));
    add_security_headers(*response);
    boost::asio::post(loop, [exchange = std::move(exchange), response] { exchange->respond(std::move(*response)); });
    return changed;
  });
  return true;
}

OperatorDesk::Job OperatorDesk::take() {
  const std::lock_guard lock(mutex_);
  if (jobs_.empty()) return {};
  Job job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

void OperatorDesk::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  jobs_.clear();
}

}  // namespace wayside::central
