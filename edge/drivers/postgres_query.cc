#include "edge/drivers/postgres_query.h"

#include <dlfcn.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace wayside::edge {
namespace {

constexpr const char* kConnectTimeoutS = "10";
constexpr const char* kStatementTimeout = "-c statement_timeout=30000";  // ms

// libpq-fe.h, as far as it is used here. libpq.so.5 has kept these since 2005, and without the header an agent for any machine
// is built without a PostgreSQL for it.
struct PGconn;
struct PGresult;
constexpr int kConnectionOk = 0;
constexpr int kTuplesOk = 2;

/// libpq's functions, found at run time: an agent without such a source does not need the library.
struct PqLibrary {
  PGconn* (*connect)(const char* const* keywords, const char* const* values, int expand_dbname) = nullptr;
  void (*finish)(PGconn*) = nullptr;
  int (*status)(const PGconn*) = nullptr;
  char* (*error_message)(const PGconn*) = nullptr;
  PGresult* (*exec)(PGconn*, const char* command, int count, const unsigned* types, const char* const* values,
                    const int* lengths, const int* formats, int result_format) = nullptr;
  int (*result_status)(const PGresult*) = nullptr;
  void (*clear)(PGresult*) = nullptr;
  int (*rows)(const PGresult*) = nullptr;
  int (*columns)(const PGresult*) = nullptr;
  char* (*name)(const PGresult*, int column) = nullptr;
  int (*is_null)(const PGresult*, int row, int column) = nullptr;
  char* (*value)(const PGresult*, int row, int column) = nullptr;
  int (*length)(const PGresult*, int row, int column) = nullptr;

  static Result<const PqLibrary*> load();
};

Result<const PqLibrary*> PqLibrary::load() {
  static PqLibrary library;
  if (library.connect != nullptr) return &library;
  void* handle = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return Error{std::string("loading libpq: ") + dlerror(), "apt install libpq5"};
  bool complete = true;
  const auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
    complete = complete && function != nullptr;
  };
  find(library.finish, "PQfinish");
  find(library.status, "PQstatus");
  find(library.error_message, "PQerrorMessage");
  find(library.exec, "PQexecParams");
  find(library.result_status, "PQresultStatus");
  find(library.clear, "PQclear");
  find(library.rows, "PQntuples");
  find(library.columns, "PQnfields");
  find(library.name, "PQfname");
  find(library.is_null, "PQgetisnull");
  find(library.value, "PQgetvalue");
  find(library.length, "PQgetlength");
  find(library.connect, "PQconnectdbParams");
  if (complete) return &library;
  library.connect = nullptr;
  return Error{"loading libpq: this libpq.so.5 lacks a function", "apt install libpq5"};
}

class ThreadedQuery final : public PostgresQuery {
 public:
  ThreadedQuery(boost::asio::io_context& loop, const PqLibrary& library, std::string connection, Secret password)
      : loop_(loop),
        pq_(library),
        connection_text_(std::move(connection)),
        password_(std::move(password)),
        alive_(std::make_shared<bool>(true)),
        thread_([this] { work(); }) {}

  ~ThreadedQuery() override {
    *alive_ = false;  // read on the loop only, where this runs
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();  // at most the time-outs above
    disconnect();
  }

  void run(std::string query, std::vector<std::string> parameters, Done done) override {
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back({std::move(query), std::move(parameters), std::move(done)});
    }
    wake_.notify_all();
  }

 private:
  struct Job {
    std::string query;
    std::vector<std::string> parameters;
    Done done;
  };

  void work() {
    for (;;) {
      Job job;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (stopping_) return;
        job = std::move(queue_.front());
        queue_.pop_front();
      }
      auto result = answer(job);
      if (!result) disconnect();
      boost::asio::post(loop_, [alive = alive_, done = std::move(job.done), result = std::move(result)]() mutable {
        if (*alive) done(std::move(result));
      });
    }
  }

  Status connect() {
    if (connection_ != nullptr) return {};
    const char* names[] = {"dbname", "password", "connect_timeout", "options", "client_encoding", "application_name", nullptr};
    const char* values[] = {connection_text_.c_str(),
                            password_.empty() ? nullptr : password_.reveal().c_str(),
                            kConnectTimeoutS,
                            kStatementTimeout,
                            "UTF8",
                            "wayside-agent",
                            nullptr};
    connection_ = pq_.connect(names, values, 1);  // 1: dbname may be a whole connection string
    if (pq_.status(connection_) == kConnectionOk) return {};
    return failure();
  }

  void disconnect() {
    if (connection_ != nullptr) pq_.finish(connection_);
    connection_ = nullptr;
  }

  Error failure() const {
    std::string why = pq_.error_message(connection_);
    while (!why.empty() && (why.back() == '\n' || why.back() == ' ')) why.pop_back();
    return Error{"PostgreSQL: " + why, "check connection, table and query"};
  }

  Result<PostgresRows> answer(const Job& job) {
    WAYSIDE_TRY(connect());
    std::vector<const char*> values;
    values.reserve(job.parameters.size());
    for (const std::string& parameter : job.parameters) values.push_back(parameter.c_str());
    const auto clear = [this](PGresult* result) { pq_.clear(result); };
    const std::unique_ptr<PGresult, decltype(clear)> result(
        pq_.exec(connection_, job.query.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0),
        clear);
    if (pq_.result_status(result.get()) != kTuplesOk) return failure();
    PostgresRows out;
    const int columns = pq_.columns(result.get());
    const int rows = pq_.rows(result.get());
    if (static_cast<std::size_t>(rows) > kRowsMax) return Error{"PostgreSQL: more than 1000000 rows", "a query with fewer"};
    for (int column = 0; column < columns; ++column) out.columns.emplace_back(pq_.name(result.get(), column));
    for (int row = 0; row < rows; ++row) {
      auto& fields = out.rows.emplace_back();
      for (int column = 0; column < columns; ++column) {
        if (pq_.is_null(result.get(), row, column) != 0) {
          fields.emplace_back(std::nullopt);
        } else {
          const auto length = static_cast<std::size_t>(pq_.length(result.get(), row, column));
          fields.emplace_back(std::string(pq_.value(result.get(), row, column), length));
        }
      }
    }
    return out;
  }

  boost::asio::io_context& loop_;
  const PqLibrary& pq_;
  std::string connection_text_;
  Secret password_;
  PGconn* connection_ = nullptr;  // the thread's, until it has ended
  std::shared_ptr<bool> alive_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<PostgresQuery>> PostgresQuery::make(boost::asio::io_context& loop, std::string connection,
                                                           Secret password) {
  auto library = PqLibrary::load();
  if (!library) return std::move(library).error();
  return std::unique_ptr<PostgresQuery>(
      std::make_unique<ThreadedQuery>(loop, **library, std::move(connection), std::move(password)));
}

}  // namespace wayside::edge
