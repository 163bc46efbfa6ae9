#include "common/base/sqlite.h"

#include <sqlite3.h>

#include <filesystem>

namespace wayside {
namespace {

/// Binding fails only for a wrong position or out of memory: both are bugs here.
void check_bind(int rc) { WAYSIDE_CHECK(rc == SQLITE_OK); }

std::string hint_for(int rc) {
  switch (rc & 0xff) {
    case SQLITE_FULL: return "free space on the disk";
    case SQLITE_IOERR: return "the disk or its file system fails: see dmesg";
    case SQLITE_CANTOPEN: return "check that the folder exists and that this user may write there";
    case SQLITE_READONLY: return "check the owner and mode of the file and its folder";
    case SQLITE_BUSY: return "stop the other process that has this database open";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return "move the file away; restore it from a backup if there is one";
    default: return {};
  }
}

}  // namespace

void SqlStatement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void SqlDatabase::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

SqlStatement& SqlStatement::bind(int at, std::int64_t value) {
  check_bind(sqlite3_bind_int64(statement_.get(), at, value));
  return *this;
}
SqlStatement& SqlStatement::bind(int at, double value) {
  check_bind(sqlite3_bind_double(statement_.get(), at, value));
  return *this;
}
SqlStatement& SqlStatement::bind(int at, std::string_view text) {
  // A null pointer would bind NULL; an empty text is not NULL.
  const char* data = text.data() == nullptr ? "" : text.data();
  check_bind(sqlite3_bind_text64(statement_.get(), at, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}
SqlStatement& SqlStatement::bind_blob(int at, std::string_view bytes) {
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  check_bind(sqlite3_bind_blob64(statement_.get(), at, data, bytes.size(), SQLITE_TRANSIENT));
  return *this;
}
SqlStatement& SqlStatement::bind_null(int at) {
  check_bind(sqlite3_bind_null(statement_.get(), at));
  return *this;
}
SqlStatement& SqlStatement::bind(int at, const std::optional<std::int64_t>& value) {
  return value ? bind(at, *value) : bind_null(at);
}
SqlStatement& SqlStatement::bind(int at, const std::optional<std::string>& value) {
  return value ? bind(at, std::string_view(*value)) : bind_null(at);
}

Result<bool> SqlStatement::step() {
  const int rc = sqlite3_step(statement_.get());
  if (rc == SQLITE_ROW) return true;
  sqlite3* database = sqlite3_db_handle(statement_.get());
  const std::string message = rc == SQLITE_DONE ? std::string() : sqlite3_errmsg(database);
  sqlite3_reset(statement_.get());
  if (rc == SQLITE_DONE) return false;
  return Error{std::string("sqlite: ") + message, hint_for(rc)};
}

Status SqlStatement::run() {
  auto row = step();
  if (!row) return std::move(row).error();
  if (*row) reset();
  return {};
}

void SqlStatement::reset() { sqlite3_reset(statement_.get()); }

std::int64_t SqlStatement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
double SqlStatement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }
std::string_view SqlStatement::text(int column) const {
  // Works for text and blobs alike; the pointer must be taken before the size.
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? std::string_view()
                          : std::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}
bool SqlStatement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

Error SqlDatabase::error(std::string_view doing) const {
  const int rc = sqlite3_extended_errcode(database_.get());
  return Error{std::string(doing) + ": sqlite: " + sqlite3_errmsg(database_.get()), hint_for(rc)};
}

Result<SqlDatabase> SqlDatabase::open(const std::string& path, const SqlOpenOptions& options) {
  sqlite3* raw = nullptr;
  const int flags = options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int rc = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  SqlDatabase database(raw);
  if (rc != SQLITE_OK) return database.error("opening " + path);
  sqlite3_busy_timeout(raw, options.busy_timeout_ms);
  std::string pragmas = "PRAGMA temp_store=MEMORY;PRAGMA foreign_keys=ON;";
  if (options.read_only) {
    pragmas += "PRAGMA query_only=ON;PRAGMA wal_autocheckpoint=0;";
  } else {
    pragmas += "PRAGMA journal_mode=WAL;PRAGMA journal_size_limit=67108864;";
    pragmas += options.synchronous_full ? "PRAGMA synchronous=FULL;" : "PRAGMA synchronous=NORMAL;";
  }
  if (auto prepared = database.execute(pragmas); !prepared.ok()) {
    return std::move(prepared).error().while_doing("opening " + path);
  }
  return database;
}

Result<bool> sql_file_is_sound(const std::string& path) {
  if (std::error_code error; !std::filesystem::exists(path, error)) return true;
  auto database = SqlDatabase::open(path, {.read_only = true});
  if (!database) return std::move(database).error();
  const auto damage = [&] { return database->damaged(); };
  auto check = database->prepare("PRAGMA quick_check(1)");
  if (!check) return damage() ? Result<bool>(false) : std::move(check).error();
  auto row = check->step();
  if (!row) return damage() ? Result<bool>(false) : std::move(row).error();
  return *row && check->text(0) == "ok";
}

Status SqlDatabase::execute(const std::string& sql) {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return error("executing " + sql.substr(0, 60));
  }
  return {};
}

Result<SqlStatement> SqlDatabase::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int rc =
      sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (rc != SQLITE_OK) return error("preparing " + std::string(sql.substr(0, 60)));
  return SqlStatement(raw);
}

Result<std::optional<std::int64_t>> SqlDatabase::query_integer(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::move(statement).error();
  auto row = statement->step();
  if (!row) return std::move(row).error();
  if (!*row || statement->is_null(0)) return std::optional<std::int64_t>();
  return std::optional<std::int64_t>(statement->integer(0));
}

Result<std::optional<std::string>> SqlDatabase::query_text(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::move(statement).error();
  auto row = statement->step();
  if (!row) return std::move(row).error();
  if (!*row || statement->is_null(0)) return std::optional<std::string>();
  return std::optional<std::string>(std::string(statement->text(0)));
}

std::int64_t SqlDatabase::last_insert_rowid() const { return sqlite3_last_insert_rowid(database_.get()); }
std::int64_t SqlDatabase::changes() const { return sqlite3_changes64(database_.get()); }
bool SqlDatabase::disk_failed() const { return (sqlite3_errcode(database_.get()) & 0xff) == SQLITE_IOERR; }
bool SqlDatabase::damaged() const {
  const int rc = sqlite3_errcode(database_.get()) & 0xff;
  return rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB;
}
bool SqlDatabase::in_transaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }

Status SqlDatabase::checkpoint(std::string_view mode) {
  auto statement = prepare("PRAGMA wal_checkpoint(" + std::string(mode) + ")");
  if (!statement) return std::move(statement).error();
  return statement->run();
}

Result<SqlTransaction> SqlTransaction::begin(SqlDatabase& database) {
  WAYSIDE_TRY(database.execute("BEGIN IMMEDIATE"));
  return SqlTransaction(database);
}

SqlTransaction::~SqlTransaction() {
  // After some errors (disk full, I/O) SQLite has rolled back by itself.
  if (database_ != nullptr && database_->in_transaction()) static_cast<void>(database_->execute("ROLLBACK").ok());
}

Status SqlTransaction::commit() {
  WAYSIDE_CHECK(database_ != nullptr);
  WAYSIDE_TRY(database_->execute("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace wayside
