// Proves the wrappers on real files: what is not committed is gone, readers cannot write, errors say what to try.
#include "common/base/sqlite.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace wayside {
namespace {

class SqliteTest : public testing::Test {
 protected:
  SqliteTest() : folder_(testing::TempDir() + "wayside_sqlite_" + std::to_string(getpid())) {
    std::filesystem::create_directory(folder_);
  }
  ~SqliteTest() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ + "/test.db"; }
  SqlDatabase open() {
    auto database = SqlDatabase::open(path());
    EXPECT_TRUE(database.ok()) << database.error().message;
    EXPECT_TRUE(database->execute("CREATE TABLE IF NOT EXISTS t(a, b)").ok());
    return std::move(database).value();
  }
  static std::int64_t count(SqlDatabase& database) { return database.query_integer("SELECT count(*) FROM t").value().value(); }

  std::string folder_;
};

TEST_F(SqliteTest, rows_are_taken_until_told_to_stop_and_the_statement_starts_anew) {
  auto database = open();
  ASSERT_TRUE(database.execute("INSERT INTO t VALUES(1, 'x'), (2, 'y'), (3, 'z')").ok());
  std::vector<std::int64_t> seen;
  ASSERT_TRUE(
      database.each_row("SELECT a FROM t ORDER BY a", [&](const SqlStatement& row) { seen.push_back(row.integer(0)); }).ok());
  EXPECT_EQ(seen, (std::vector<std::int64_t>{1, 2, 3}));
  auto select = database.prepare("SELECT a FROM t WHERE a >= ?1 ORDER BY a");
  ASSERT_TRUE(select.ok());
  const auto first_of = [&](std::int64_t from) {
    std::int64_t first = 0;
    EXPECT_TRUE(select->bind(1, from).each_row([&](const SqlStatement& row) { return (first = row.integer(0)) == 0; }).ok());
    return first;
  };
  EXPECT_EQ(first_of(2), 2);
  EXPECT_EQ(first_of(3), 3) << "bound anew after an early stop";
  EXPECT_FALSE(database.each_row("SELECT nothing FROM t", [](const SqlStatement&) {}).ok());
  EXPECT_FALSE(database.each_row("SELECT abs(-9223372036854775807 - a) FROM t", [](const SqlStatement&) {}).ok())
      << "overflows while it runs";
}

TEST_F(SqliteTest, values_come_back_as_they_were_bound) {
  auto database = open();
  auto insert = database.prepare("INSERT INTO t VALUES(?, ?)");
  ASSERT_TRUE(insert.ok());
  const std::string blob("\0\xff", 2);
  insert->bind(1, std::int64_t{-5}).bind(2, 1.5);
  ASSERT_TRUE(insert->run().ok());
  insert->bind(1, std::string_view()).bind_blob(2, blob);
  ASSERT_TRUE(insert->run().ok());
  insert->bind(1, std::optional<std::int64_t>()).bind(2, std::optional<std::string>("x"));
  ASSERT_TRUE(insert->run().ok());
  EXPECT_EQ(database.changes(), 1);

  auto select = database.prepare("SELECT a, b FROM t ORDER BY rowid");
  ASSERT_TRUE(select->step().value());
  EXPECT_EQ(select->integer(0), -5);
  EXPECT_EQ(select->real(1), 1.5);
  ASSERT_TRUE(select->step().value());
  EXPECT_FALSE(select->is_null(0));
  EXPECT_EQ(select->text(0), "");
  EXPECT_EQ(select->text(1), blob);
  ASSERT_TRUE(select->step().value());
  EXPECT_TRUE(select->is_null(0));
  EXPECT_EQ(select->text(1), "x");
  EXPECT_FALSE(select->step().value());
  EXPECT_TRUE(select->step().value()) << "a finished statement starts anew";
  select->reset();
}

TEST_F(SqliteTest, rolls_back_unless_committed) {
  auto database = open();
  {
    auto transaction = SqlTransaction::begin(database);
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE(database.execute("INSERT INTO t VALUES(1, 1)").ok());
    EXPECT_TRUE(database.in_transaction());
  }
  EXPECT_FALSE(database.in_transaction());
  EXPECT_EQ(count(database), 0);
  {
    auto transaction = SqlTransaction::begin(database);
    ASSERT_TRUE(database.execute("INSERT INTO t VALUES(1, 1)").ok());
    ASSERT_TRUE(transaction->commit().ok());
  }
  EXPECT_EQ(count(database), 1);
  database = open();
  EXPECT_EQ(count(database), 1);
}

TEST_F(SqliteTest, committed_twice_is_a_bug) {
  auto database = open();
  auto transaction = SqlTransaction::begin(database);
  ASSERT_TRUE(transaction->commit().ok());
  EXPECT_DEATH(static_cast<void>(transaction->commit().ok()), "bug: check failed");
}

TEST_F(SqliteTest, a_failed_commit_rolls_back) {
  auto database = open();
  ASSERT_TRUE(database
                  .execute("CREATE TABLE p(id INTEGER PRIMARY KEY);"
                           "CREATE TABLE c(p REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED)")
                  .ok());
  {
    auto transaction = SqlTransaction::begin(database);
    ASSERT_TRUE(database.execute("INSERT INTO c VALUES(5)").ok());
    EXPECT_FALSE(transaction->commit().ok());
  }
  EXPECT_FALSE(database.in_transaction());
  EXPECT_EQ(*database.query_integer("SELECT count(*) FROM c").value(), 0);
}

TEST_F(SqliteTest, reader_sees_commits_and_cannot_write) {
  auto writer = open();
  auto reader = SqlDatabase::open(path(), {.read_only = true});
  ASSERT_TRUE(reader.ok());
  ASSERT_TRUE(writer.execute("INSERT INTO t VALUES(1, 1)").ok());
  EXPECT_EQ(count(*reader), 1);
  const Status refused = reader->execute("INSERT INTO t VALUES(2, 2)");
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("readonly"), std::string::npos) << refused.error().message;
}

TEST_F(SqliteTest, second_writer_waits_and_then_says_busy) {
  auto first = open();
  auto second = SqlDatabase::open(path(), {.busy_timeout_ms = 20});
  auto transaction = SqlTransaction::begin(first);
  const auto refused = SqlTransaction::begin(*second);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().hint, "stop the other process that has this database open");
}

TEST_F(SqliteTest, errors_name_the_file_and_what_to_try) {
  const auto nowhere = SqlDatabase::open(folder_ + "/no/such/folder.db");
  ASSERT_FALSE(nowhere.ok());
  EXPECT_NE(nowhere.error().message.find("no/such/folder.db"), std::string::npos);
  EXPECT_EQ(nowhere.error().hint, "check that the folder exists and that this user may write there");

  std::ofstream(path()) << std::string(5000, 'x');
  const auto garbage = SqlDatabase::open(path());
  ASSERT_FALSE(garbage.ok());
  EXPECT_NE(garbage.error().message.find("opening " + path()), std::string::npos) << garbage.error().message;
  EXPECT_EQ(garbage.error().hint, "move the file away; restore it from a backup if there is one");
}

TEST_F(SqliteTest, a_full_disk_is_named) {
  auto database = open();
  ASSERT_TRUE(database.execute("PRAGMA max_page_count=3").ok());
  const Status full = database.execute("INSERT INTO t VALUES(zeroblob(100000), 1)");
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().hint, "free space on the disk");
}

TEST_F(SqliteTest, queries_tell_no_row_from_null_from_error) {
  auto database = open();
  EXPECT_FALSE(database.query_integer("SELECT a FROM t").value());
  EXPECT_FALSE(database.query_text("SELECT NULL").value());
  EXPECT_EQ(database.query_text("SELECT 'x'").value(), "x");
  EXPECT_FALSE(database.query_integer("SELECT nonsense").ok());
  EXPECT_FALSE(database.prepare("SELEC").ok());
}

TEST_F(SqliteTest, checkpoint_empties_the_wal) {
  auto database = open();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(database.execute("INSERT INTO t VALUES(1, zeroblob(1000))").ok());
  EXPECT_GT(std::filesystem::file_size(path() + "-wal"), 0U);
  EXPECT_TRUE(database.checkpoint("TRUNCATE").ok());
  EXPECT_EQ(std::filesystem::file_size(path() + "-wal"), 0U);
}

}  // namespace
}  // namespace wayside
