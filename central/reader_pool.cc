#include "central/reader_pool.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "central/answer.h"
#include "central/body_encoder.h"
#include "common/base/log.h"

namespace wayside::central {
namespace {

/// A body up to this size is sent whole, with its length and tag; a longer one in parts.
constexpr std::size_t kWholeBytes = 512 * 1024;
constexpr std::size_t kPartBytes = 64 * 1024;

HttpResponse busy(std::string_view detail, std::string_view retry_after_s) {
  HttpResponse response = problem(503, "Busy", detail);
  response.headers.emplace_back("Retry-After", retry_after_s);
  return response;
}

/// Parts until there are so many bytes; false when there are no more.
Result<bool> collect(const BodyParts& parts, SqlDatabase& database, std::size_t bytes, std::string& out) {
  bool more = true;
  while (more && out.size() < bytes) {
    auto next = parts(database, out);
    if (!next) return std::move(next).error();
    more = *next;
  }
  return more;
}

}  // namespace

/// A thread's own connection, opened when the first question comes.
class ReaderPool::Connection {
 public:
  explicit Connection(const std::string& path) : path_(path) {}

  Result<SqlDatabase*> get() {
    if (database_ == nullptr) {
      SqlOpenOptions options;
      options.read_only = true;
      auto opened = SqlDatabase::open(path_, options);
      if (!opened) return std::move(opened).error();
      database_ = std::make_unique<SqlDatabase>(std::move(*opened));
    }
    return database_.get();
  }

 private:
  const std::string& path_;
  std::unique_ptr<SqlDatabase> database_;
};

/// One long answer. `make_part` runs on a reader thread, all else on the main loop, and never two of them at once.
class ReaderPool::Stream : public std::enable_shared_from_this<ReaderPool::Stream> {
 public:
  Stream(ReaderPool& pool, std::shared_ptr<HttpExchange> exchange, BodyParts parts, Coding coding)
      : pool_(pool), exchange_(std::move(exchange)), parts_(std::move(parts)), encoder_(coding), deadline_(pool.loop_) {}

  void begin(HttpResponse head) {
    ++pool_.streams_total_;
    const auto self = shared_from_this();
    exchange_->on_closed([self] { self->end(); });
    exchange_->on_drained([self] { self->go_on(); });
    head.body = std::exchange(made_, {});
    const std::size_t bytes = head.body.size();
    exchange_->start_stream(std::move(head));
    arm(bytes);
    // A first part of which the compression holds everything back drains nothing.
    if (bytes == 0) go_on();
  }

  /// Adds bytes to what the next part sends.
  void encode(std::string_view bytes, bool last) { encoder_.feed(bytes, last, made_); }

 private:
  void go_on() {
    if (done_ || waiting_) return;
    waiting_ = true;
    deadline_.cancel();
    pool_.take([self = shared_from_this()](Connection& connection) { self->make_part(connection); });
  }

  void make_part(Connection& connection) {
    bool more = true;
    std::optional<Error> failed;
    auto database = connection.get();
    if (!database) failed = database.error();
    // Compressed, many bytes become few: not less than half a part goes out at once.
    while (more && !failed && made_.size() < kPartBytes / 2) {
      std::string bytes;
      auto collected = collect(parts_, **database, kPartBytes, bytes);
      if (!collected) failed = collected.error();
      more = !failed && *collected;
      encode(bytes, !more);
    }
    boost::asio::post(pool_.loop_, [self = shared_from_this(), more, failed = std::move(failed)] { self->send(more, failed); });
  }

  void send(bool more, const std::optional<Error>& failed) {
    waiting_ = false;
    if (closed_) return;
    if (failed) {
      // The head has gone out with 200: only a broken end can still say that this is not all.
      log_limited(LogLevel::kError, "answer_failed", "stream", {{"error", failed->message}, {"try", failed->hint}});
      return exchange_->abort();
    }
    done_ = !more;
    arm(made_.size());
    exchange_->send(std::make_shared<const std::string>(std::exchange(made_, {})));
    if (done_) exchange_->finish_stream();
  }

  void arm(std::size_t bytes) {
    deadline_.expires_after(std::chrono::milliseconds(pool_.options_.part_timeout_ms + bytes / 16));
    deadline_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (error || !self || self->closed_ || self->waiting_) return;
      if (self->deadline_.expiry() > std::chrono::steady_clock::now()) return;
      ++self->pool_.streams_slow_total_;
      log_limited(LogLevel::kWarn, "stream_dropped", "slow",
                  {{"remote", self->exchange_->request().remote}, {"why", "does not take what is sent"}});
      self->exchange_->abort();
    });
  }

  void end() {
    if (closed_) return;
    closed_ = true;
    deadline_.cancel();
    --pool_.streams_;
  }

  ReaderPool& pool_;
  std::shared_ptr<HttpExchange> exchange_;
  BodyParts parts_;
  BodyEncoder encoder_;
  boost::asio::steady_timer deadline_;
  std::string made_;
  bool waiting_ = false;  ///< a reader makes the next part
  bool done_ = false;
  bool closed_ = false;
};

ReaderPool::ReaderPool(boost::asio::io_context& loop, std::string database, ReaderPoolOptions options)
    : loop_(loop), database_(std::move(database)), options_(options) {
  for (std::size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { work(); });
}

ReaderPool::~ReaderPool() { stop(); }

void ReaderPool::stop() {
  std::deque<Work> dropped;  // what it holds ends outside the lock
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(queue_);
  }
  wake_.notify_all();
  threads_.clear();
}

ReaderPoolCounters ReaderPool::counters() const {
  return {refused_total_, streams_, streams_total_, streams_refused_total_, streams_slow_total_};
}

void ReaderPool::take(Work work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
}

void ReaderPool::answer(const std::shared_ptr<HttpExchange>& exchange, Job job) {
  bool full = false;
  {
    const std::lock_guard lock(mutex_);
    full = queue_.size() >= options_.waiting_max || stopping_;
  }
  if (full) {
    ++refused_total_;
    HttpResponse response = busy("too many questions are waiting; ask again in a moment", "1");
    add_security_headers(response);
    return exchange->respond(std::move(response));
  }
  auto question = std::make_shared<Question>(Question{exchange, {}, std::move(job)});
  question->request.headers = exchange->request().headers;
  take([this, question](Connection& connection) { run(*question, connection); });
}

void ReaderPool::work() {
  Connection connection(database_);
  for (;;) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const Work work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work(connection);
  }
}

void ReaderPool::run(const Question& question, Connection& connection) {
  auto database = connection.get();
  if (!database) return respond(question, failure(database.error()));
  Answer answer = question.job(**database);
  if (!answer.parts) return respond(question, std::move(answer.head));
  std::string beginning = std::move(answer.head.body);
  const auto more = collect(answer.parts, **database, kWholeBytes, beginning);
  if (!more) return respond(question, failure(more.error()));
  if (*more) return begin_stream(question, std::move(answer.head), std::move(answer.parts), beginning);
  answer.head.body = std::move(beginning);
  respond(question, std::move(answer.head));
}

void ReaderPool::respond(const Question& question, HttpResponse response) {
  auto shared = std::make_shared<HttpResponse>(std::move(response));
  finish_answer(*shared, question.request);
  add_security_headers(*shared);
  boost::asio::post(loop_, [exchange = question.exchange, shared] { exchange->respond(std::move(*shared)); });
}

void ReaderPool::begin_stream(const Question& question, HttpResponse head, BodyParts parts, const std::string& beginning) {
  if (streams_.fetch_add(1) >= options_.streams_max) {
    --streams_;
    ++streams_refused_total_;
    return respond(question, busy("too many long answers are under way; ask for a shorter range, or again in a moment", "10"));
  }
  const Coding coding = choose_coding(question.request);
  if (coding != Coding::kNone) head.headers.emplace_back("Content-Encoding", to_text(coding));
  head.headers.emplace_back("Vary", "Accept, Accept-Encoding");
  add_security_headers(head);
  auto stream = std::make_shared<Stream>(*this, question.exchange, std::move(parts), coding);
  stream->encode(beginning, false);
  auto shared = std::make_shared<HttpResponse>(std::move(head));
  boost::asio::post(loop_, [stream, shared] { stream->begin(std::move(*shared)); });
}

}  // namespace wayside::central
