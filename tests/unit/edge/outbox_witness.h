#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "edge/outbox.h"
#include "tests/unit/edge/outbox_disk.h"
#include "tests/unit/seeded.h"

namespace wayside::edge {

/// Works an outbox on an OutboxDisk in a random way, keeps an own record of what accept() has returned for, and compares.
/// Each reading carries a number `n` that no other has.
class OutboxWitness {
 public:
  OutboxWitness(test::Seeded& random, OutboxDisk& disk, const OutboxLimits& limits)
      : random_(random), disk_(disk), limits_(limits) {}

  /// What a power cut or a kill has left must be sound before an outbox opens it.
  void check_file();
  /// Opens the outbox; false when that failed (the power was cut meanwhile). `clean`: the stop before was one.
  bool open(bool clean);
  /// One random thing: mostly accept, sometimes settle, trim, date.
  void act();
  /// Returns whether the outbox took it.
  bool accept(std::size_t count);
  bool close();
  void drop() { outbox_.reset(); }
  /// Compares everything; problems are appended to `problems()` in words.
  void compare();
  const std::vector<std::string>& problems() const { return problems_; }

  Outbox& outbox() { return *outbox_; }
  std::size_t accepted() const { return must_be_there_.size() + settled_.size(); }
  static constexpr const char* kPath = "/outbox.db";

 private:
  using Number = std::tuple<std::string, std::string, std::uint64_t>;  // station, epoch, seq
  void problem(const std::string& what) { problems_.push_back(what); }
  Status date();
  void settle_some();
  /// Reads what is there and checks that no number has changed its content; by n.
  std::map<int, StoredReading> read_after(OutboxId after, std::map<std::pair<std::string, std::string>, RangeSet>* stated);
  void check_accounts();

  test::Seeded& random_;
  OutboxDisk& disk_;
  OutboxLimits limits_;
  std::unique_ptr<Outbox> outbox_;
  int next_n_ = 1;
  std::set<int> must_be_there_;  // accepted, not settled
  std::set<int> settled_;        // may be there or not
  std::pair<int, int> unsure_;   // the group whose accept() failed: all of it is there or nothing
  std::map<Number, std::string> contents_;
  std::map<int, Number> numbers_;
  std::set<std::string> epochs_;
  std::string epoch_;
  bool closing_ = false;
  std::vector<std::string> problems_;
};

}  // namespace wayside::edge
