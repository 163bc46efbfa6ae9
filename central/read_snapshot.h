#pragma once

#include "common/base/sqlite.h"

namespace wayside::central {

/// While it lives, all statements of a connection see one state of the database. Nothing is done within a transaction
/// that is open already. It keeps the log of changes from being taken back, so it must be short.
class ReadSnapshot {
 public:
  static Result<ReadSnapshot> begin(SqlDatabase& database) {
    if (database.in_transaction()) return ReadSnapshot(nullptr);
    if (auto begun = database.execute("BEGIN"); !begun.ok()) return std::move(begun).error();
    return ReadSnapshot(&database);
  }
  ReadSnapshot(ReadSnapshot&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  ReadSnapshot& operator=(ReadSnapshot&&) = delete;
  ~ReadSnapshot() {
    if (database_ != nullptr) static_cast<void>(database_->execute("COMMIT"));
  }

 private:
  explicit ReadSnapshot(SqlDatabase* database) : database_(database) {}
  SqlDatabase* database_;
};

}  // namespace wayside::central
