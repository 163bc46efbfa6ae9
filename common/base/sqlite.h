#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "common/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace wayside {

/// A prepared statement. Bind positions start at 1, columns at 0. Text and blobs are copied when bound.
/// A statement must not outlive its database. After step() has returned true, reset() before binding anew (binding a
/// running statement is a bug and aborts). Not thread-safe.
class SqlStatement {
 public:
  SqlStatement() = default;

  SqlStatement& bind(int at, std::int64_t value);
  SqlStatement& bind(int at, double value);
  SqlStatement& bind(int at, std::string_view text);
  SqlStatement& bind(int at, const std::string& text) { return bind(at, std::string_view(text)); }
  SqlStatement& bind_blob(int at, std::string_view bytes);
  SqlStatement& bind_null(int at);
  SqlStatement& bind(int at, const std::optional<std::int64_t>& value);
  SqlStatement& bind(int at, const std::optional<std::string>& value);

  /// True: a row is there. False: done, and the statement is reset for the next use.
  Result<bool> step();
  /// Runs a statement that returns no rows, and resets it.
  Status run();
  void reset();
  /// Calls `take(row)` for each row that is left, until it returns false where it returns a bool. Reset afterwards.
  template <class Take>
  Status each_row(Take take);

  std::int64_t integer(int column) const;
  double real(int column) const;
  /// Valid until the next step or reset.
  std::string_view text(int column) const;
  bool is_null(int column) const;

 private:
  friend class SqlDatabase;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit SqlStatement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// False: the file is no database or a damaged one (quick_check). A file that is not there is sound.
Result<bool> sql_file_is_sound(const std::string& path);

struct SqlOpenOptions {
  bool read_only = false;
  bool synchronous_full = true;  ///< false: NORMAL; a power cut may then take back the last commits, never tear one
  int busy_timeout_ms = 5000;
};

/// One connection to a WAL database. SQLite 3.40 can corrupt a WAL when two connections checkpoint: exactly one
/// connection of a file may be writable; the others are opened read_only and never checkpoint. Not thread-safe.
class SqlDatabase {
 public:
  static Result<SqlDatabase> open(const std::string& path, const SqlOpenOptions& options = {});

  Status execute(const std::string& sql);
  Result<SqlStatement> prepare(std::string_view sql);
  /// Runs a query without parameters: as SqlStatement::each_row.
  template <class Take>
  Status each_row(std::string_view sql, Take take);
  /// First column of the first row; nothing when there is no row or it is NULL.
  Result<std::optional<std::int64_t>> query_integer(std::string_view sql);
  Result<std::optional<std::string>> query_text(std::string_view sql);

  std::int64_t last_insert_rowid() const;
  std::int64_t changes() const;
  /// `PRAGMA wal_checkpoint(mode)`; mode is PASSIVE, RESTART or TRUNCATE. A busy reader is not an error.
  Status checkpoint(std::string_view mode);
  bool in_transaction() const;
  /// The last call failed because the disk did (SQLITE_IOERR), not for want of room or a lock.
  bool disk_failed() const;
  /// The last call failed because the file is no database or a damaged one.
  bool damaged() const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit SqlDatabase(sqlite3* database) : database_(database) {}
  Error error(std::string_view doing) const;
  std::unique_ptr<sqlite3, Close> database_;
};

template <class Take>
Status SqlStatement::each_row(Take take) {
  for (;;) {
    auto row = step();
    if (!row) return std::move(row).error();
    if (!*row) return {};
    if constexpr (std::is_same_v<decltype(take(*this)), bool>) {
      if (take(*this)) continue;
      reset();
      return {};
    } else {
      take(*this);
    }
  }
}

template <class Take>
Status SqlDatabase::each_row(std::string_view sql, Take take) {
  auto select = prepare(sql);
  if (!select) return std::move(select).error();
  return select->each_row(std::move(take));
}

/// `BEGIN IMMEDIATE` … `COMMIT`; rolls back when destroyed without commit(), also after a commit() that failed. The
/// database must stay where it is (not be moved) meanwhile.
class SqlTransaction {
 public:
  static Result<SqlTransaction> begin(SqlDatabase& database);
  SqlTransaction(SqlTransaction&& other) noexcept : database_(other.database_) { other.database_ = nullptr; }
  SqlTransaction& operator=(SqlTransaction&&) = delete;
  ~SqlTransaction();
  Status commit();

 private:
  explicit SqlTransaction(SqlDatabase& database) : database_(&database) {}
  SqlDatabase* database_;
};

}  // namespace wayside
