#include "tests/unit/edge/outbox_witness.h"

#include <cstring>

#include "common/base/sqlite.h"

namespace wayside::edge {
namespace {

constexpr int kStations = 5;
constexpr std::int64_t kBootStartMs = 1'700'000'000'000;
// An outbox this small drops readings before they could be dated and read: only dated ones are given to it.
constexpr std::uint64_t kSmall = 1'000'000;

/// The n of a reading; 0 when it is a loss statement.
int n_of(const StoredReading& stored) {
  return stored.reading.stream == Stream::kLoss ? 0 : std::atoi(stored.reading.values.c_str() + std::strlen("{\"n\":"));
}

}  // namespace

bool OutboxWitness::open(bool clean) {
  outbox_.reset();
  auto opened = Outbox::open(kPath, limits_, "boot-" + std::to_string(random_.number(1, 3)));
  if (!opened) {
    if (!disk_.halted()) problem("does not open: " + opened.error().message);
    return false;
  }
  outbox_ = std::move(*opened);
  const std::string epoch = outbox_->epoch();
  if (clean && epoch != epoch_) problem("a clean stop began an epoch");
  // A close() that failed may have got far enough.
  if (!closing_ && epochs_.contains(epoch)) problem("an unclean stop did not begin an epoch");
  epochs_.insert(epoch);
  epoch_ = epoch;
  closing_ = false;
  if (const Status dated = date(); !dated.ok()) return !disk_.halted() ? (problem("cannot be dated"), false) : false;
  const auto found = read_after(OutboxId{0}, nullptr);
  const bool first_there = found.contains(unsure_.first);
  for (int n = unsure_.first; n < unsure_.second; ++n) {
    if (found.contains(n) != first_there) problem("reading " + std::to_string(n) + " was half accepted");
  }
  unsure_ = {};
  return true;
}

Status OutboxWitness::date() { return outbox_->date_readings(kBootStartMs, UtcTime{kBootStartMs}); }

void OutboxWitness::check_file() {
  if (!disk_.exists(kPath)) return;
  const std::string copy = "/copy.db";
  disk_.copy(kPath, copy);
  if (disk_.exists(std::string(kPath) + "-wal")) disk_.copy(std::string(kPath) + "-wal", copy + "-wal");
  if (disk_.exists(std::string(kPath) + "-journal")) disk_.copy(std::string(kPath) + "-journal", copy + "-journal");
  auto database = SqlDatabase::open(copy);
  if (!database) return problem("the file does not open: " + database.error().message);
  auto sound = database->query_text("PRAGMA integrity_check");
  if (!sound || **sound != "ok") problem("integrity_check: " + (sound ? **sound : sound.error().message));
}

void OutboxWitness::act() {
  switch (random_.number(1, 12)) {
    case 1:
    case 2: return settle_some();
    case 3: static_cast<void>(outbox_->trim().ok()); return;
    case 4: static_cast<void>(date().ok()); return;
    default: static_cast<void>(accept(random_.number(1, 12)));
  }
}

bool OutboxWitness::accept(std::size_t count) {
  std::vector<NewReading> group;
  const int first = next_n_;
  for (std::size_t i = 0; i < count; ++i) {
    const UtcTime at{kBootStartMs + next_n_};
    const std::string values = "{\"n\":" + std::to_string(next_n_++) + R"(,"note":")" +
                               std::string(random_.one_in(4) ? random_.number(1'000, 9'000) : 20, 'x') + "\"}";
    Stamp stamp{at, ClockQuality::kSynced, {}};
    if (limits_.bytes_max > kSmall && random_.one_in(10)) stamp = {std::nullopt, ClockQuality::kUnknown, MonoTime{5}};
    group.push_back({{"s" + std::to_string(random_.number(1, kStations)), Stream::kWeather, at, values}, stamp});
  }
  const std::vector<SourceMemory> memories{{"source", {"n", std::to_string(next_n_)}}};
  const OutboxId before = outbox_->last_id();
  const bool taken = outbox_->accept(group, memories).ok();
  if (taken) {
    for (int n = first; n < next_n_; ++n) must_be_there_.insert(n);
  } else {
    unsure_ = {first, next_n_};
  }
  if (!disk_.halted()) read_after(before, nullptr);
  return taken;
}

void OutboxWitness::settle_some() {
  if (disk_.halted()) return;
  for (const auto& [n, stored] : read_after(OutboxId{0}, nullptr)) {
    if (!random_.one_in(3)) continue;
    outbox_->settle(stored, random_.one_in(5) ? Outbox::Outcome::kRefused : Outbox::Outcome::kReceipted);
    must_be_there_.erase(n);
    settled_.insert(n);
  }
}

bool OutboxWitness::close() {
  closing_ = true;
  const bool closed = outbox_->close().ok();
  outbox_.reset();
  return closed;
}

std::map<int, StoredReading> OutboxWitness::read_after(OutboxId after,
                                                       std::map<std::pair<std::string, std::string>, RangeSet>* stated) {
  std::map<int, StoredReading> found;
  auto readings = outbox_->read(after, outbox_->last_id(), 1'000'000);
  if (!readings) {
    problem("cannot be read: " + readings.error().message);
    return found;
  }
  for (StoredReading& stored : *readings) {
    const Reading& reading = stored.reading;
    const Number number{reading.station_id, reading.epoch, reading.seq};
    const auto [known, fresh] = contents_.emplace(number, reading.values);
    if (!fresh && known->second != reading.values) {
      problem("number " + std::to_string(reading.seq) + " of " + reading.station_id + " has got other content");
    }
    const int n = n_of(stored);
    if (n == 0) {
      const auto loss = parse_loss(reading.values);
      for (const SeqRange& range : loss ? loss->ranges : std::vector<SeqRange>()) {
        if (stated) (*stated)[{reading.station_id, loss->epoch}].insert(range);
      }
      continue;
    }
    const auto [place, first_seen] = numbers_.emplace(n, number);
    if (!first_seen && place->second != number) problem("reading " + std::to_string(n) + " is there under two numbers");
    if (!found.emplace(n, std::move(stored)).second) problem("reading " + std::to_string(n) + " is there twice");
  }
  return found;
}

void OutboxWitness::compare() {
  // Undated readings cannot be read: date them, so that all can.
  if (const Status dated = date(); !dated.ok()) {
    if (!disk_.halted()) problem("cannot be dated: " + dated.error().message);
    return;
  }
  std::map<std::pair<std::string, std::string>, RangeSet> stated;
  const auto found = read_after(OutboxId{0}, &stated);
  for (const int n : must_be_there_) {
    if (found.contains(n)) continue;
    const auto number = numbers_.find(n);
    const bool named = number != numbers_.end() &&
                       stated[{std::get<0>(number->second), std::get<1>(number->second)}].contains(std::get<2>(number->second));
    if (!named) problem("reading " + std::to_string(n) + " is lost");
  }
  check_accounts();
}

void OutboxWitness::check_accounts() {
  auto all = outbox_->read(OutboxId{0}, outbox_->last_id(), 1'000'000);
  if (!all) return problem("cannot be read: " + all.error().message);
  std::map<std::string, std::size_t> waiting;
  for (const StoredReading& stored : *all) ++waiting[stored.reading.epoch];
  for (const EpochAccount& account : outbox_->accounts()) {
    std::size_t known = 0;
    for (const auto& [number, values] : contents_) known += std::get<1>(number) == account.epoch ? 1 : 0;
    if (account.waiting != waiting[account.epoch]) problem("account: waiting is wrong in " + account.epoch);
    if (account.accepted != known) {
      problem("account: accepted " + std::to_string(account.accepted) + ", seen " + std::to_string(known));
    }
  }
}

}  // namespace wayside::edge
