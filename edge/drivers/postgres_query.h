#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/settings.h"

namespace boost::asio {
class io_context;
}

namespace wayside::edge {

/// What a query gave: texts as PostgreSQL writes them; nothing is NULL.
struct PostgresRows {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

/// Runs queries against a PostgreSQL server, one after the other, in a thread of its own; keeps its connection while it works
/// and makes a new one after any error. libpq is loaded when the first one is made.
class PostgresQuery {
 public:
  using Done = std::function<void(Result<PostgresRows>)>;

  /// `connection`: libpq's connection string or URL, without the password.
  static Result<std::unique_ptr<PostgresQuery>> make(boost::asio::io_context& loop, std::string connection, Secret password);
  virtual ~PostgresQuery() = default;
  /// `parameters` are $1, $2 … of the query. `done` is called on the loop, unless the object is gone by then.
  virtual void run(std::string query, std::vector<std::string> parameters, Done done) = 0;

  static constexpr std::size_t kRowsMax = 1'000'000;
};

}  // namespace wayside::edge
