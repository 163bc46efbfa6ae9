#include "central/account.h"

#include <algorithm>

#include "central/run_blob.h"

namespace wayside::central {
namespace {

constexpr std::size_t kDaysKept = 8;

std::uint64_t count_within(const RangeSet& set, SeqRange window) {
  std::uint64_t absent = 0;
  for (const SeqRange& gap : set.missing(window)) absent += gap.size();
  return window.size() - absent;
}

}  // namespace

void Account::note_day(std::int64_t day, std::uint64_t seq) {
  if (!days.empty() && days.back().day == day && days.back().first_seq <= seq) return;
  auto at = std::lower_bound(days.begin(), days.end(), day, [](const DayStart& each, std::int64_t d) { return each.day < d; });
  if (at != days.end() && at->day == day) {
    if (at->first_seq <= seq) return;
    at->first_seq = seq;
    at->dirty = true;
  } else {
    if (at == days.begin() && days.size() >= kDaysKept) return;
    if (at != days.end() && at->first_seq <= seq) return;
    // A late day takes none of the repeats that came before it was known: they stay with the day that had them.
    days.insert(at, {day, seq, at == days.end() ? repeated : at->repeated_before, true});
  }
  dirty = true;
}

void Account::receive(std::uint64_t seq) {
  received.insert(seq);
  if (refused.contains(seq)) refused.erase({seq, seq});
  if (dropped.contains(seq)) dropped.erase({seq, seq});
  open_at(seq);
  dirty = true;
}

void Account::refuse(std::uint64_t seq) {
  if (received.contains(seq)) return;
  refused.insert(seq);
  if (dropped.contains(seq)) dropped.erase({seq, seq});
  open_at(seq);
  dirty = true;
}

void Account::drop(SeqRange range) {
  dropped.insert(range);
  for (const RangeSet* better : {&received, &refused}) {
    for (const SeqRange& run : better->runs()) {
      const SeqRange overlap{std::max(run.first, range.first), std::min(run.last, range.last)};
      if (overlap.first <= overlap.last) dropped.erase(overlap);
    }
  }
  open_at(range.first);
  dirty = true;
}

/// Live readings overtake the backlog, so the first number to come need not be the lowest.
void Account::open_at(std::uint64_t seq) { opened_at_seq = std::min(opened_at_seq, seq); }

bool Account::touches(SeqRange seqs) const {
  const SeqRange around{seqs.first - 1, seqs.last + 1};
  return count_within(received, around) > 0 || count_within(refused, around) > 0 || count_within(dropped, around) > 0;
}

std::uint64_t Account::last_seq() const { return std::max({received.last(), refused.last(), dropped.last(), stated_last_seq}); }

void Account::state_last(std::uint64_t seq) {
  if (seq <= stated_last_seq) return;
  stated_last_seq = seq;
  dirty = true;
}

AccountTotals Account::totals() const {
  AccountTotals totals;
  totals.last_seq = last_seq();
  if (totals.last_seq < opened_at_seq) return totals;
  return totals_within({opened_at_seq, totals.last_seq});
}

AccountTotals Account::totals_within(SeqRange window) const {
  AccountTotals totals;
  totals.last_seq = window.last;
  totals.accepted = window.size();
  totals.received = count_within(received, window);
  totals.refused = count_within(refused, window);
  totals.dropped = count_within(dropped, window);
  totals.missing = totals.accepted - totals.received - totals.refused - totals.dropped;
  return totals;
}

std::vector<SeqRange> Account::missing_ranges() const {
  const std::uint64_t last = totals().last_seq;
  if (last < opened_at_seq) return {};
  RangeSet known = received;
  for (const RangeSet* set : {&refused, &dropped}) {
    for (const SeqRange& run : set->runs()) known.insert(run);
  }
  return known.missing({opened_at_seq, last});
}

Result<AccountStore> AccountStore::open(SqlDatabase& database) {
  AccountStore store(database);
  auto select = database.prepare(
      "SELECT account_pk, opened_at_seq, stated_last_seq, received, refused, dropped, repeated FROM account "
      "WHERE station_pk = ?1 AND agent_pk = ?2 AND epoch = ?3");
  if (!select) return std::move(select).error();
  auto insert = database.prepare("INSERT INTO account (station_pk, agent_pk, epoch, opened_at_seq) VALUES (?1, ?2, ?3, ?4)");
  if (!insert) return std::move(insert).error();
  auto update = database.prepare(
      "UPDATE account SET stated_last_seq = ?2, received = ?3, refused = ?4, dropped = ?5, repeated = ?6, last_seq = ?7, "
      "accepted_n = ?8, received_n = ?9, refused_n = ?10, dropped_n = ?11, missing_n = ?12, opened_at_seq = ?13 "
      "WHERE account_pk = ?1");
  if (!update) return std::move(update).error();
  auto select_days = database.prepare(
      "SELECT day, first_seq, repeated_before FROM account_day WHERE account_pk = ?1 ORDER BY day DESC LIMIT ?2");
  if (!select_days) return std::move(select_days).error();
  auto save_day = database.prepare("INSERT OR REPLACE INTO account_day VALUES (?1, ?2, ?3, ?4)");
  if (!save_day) return std::move(save_day).error();
  auto count = database.prepare("SELECT count(*) FROM account WHERE station_pk = ?1 AND agent_pk = ?2");
  if (!count) return std::move(count).error();
  store.count_ = std::move(*count);
  store.select_days_ = std::move(*select_days);
  store.save_day_ = std::move(*save_day);
  store.select_ = std::move(*select);
  store.insert_ = std::move(*insert);
  store.update_ = std::move(*update);
  return store;
}

Result<std::unique_ptr<Account>> AccountStore::load(StationPk station, AgentPk agent, std::string_view epoch) {
  auto row = select_.bind(1, raw(station)).bind(2, raw(agent)).bind(3, epoch).step();
  if (!row) return std::move(row).error();
  if (!*row) return std::unique_ptr<Account>();
  auto account = std::make_unique<Account>();
  account->pk = AccountPk{select_.integer(0)};
  account->station = station;
  account->agent = agent;
  account->epoch = epoch;
  account->opened_at_seq = static_cast<std::uint64_t>(select_.integer(1));
  account->stated_last_seq = static_cast<std::uint64_t>(select_.integer(2));
  auto received = decode_runs(select_.text(3));
  auto refused = decode_runs(select_.text(4));
  auto dropped = decode_runs(select_.text(5));
  account->repeated = static_cast<std::uint64_t>(select_.integer(6));
  select_.reset();
  if (!received || !refused || !dropped) {
    return Error{"account " + std::to_string(raw(account->pk)) + ": its ranges cannot be read",
                 "restore the database from a backup"};
  }
  account->received = std::move(*received);
  account->refused = std::move(*refused);
  account->dropped = std::move(*dropped);
  if (auto loaded = load_days(*account); !loaded.ok()) return std::move(loaded).error();
  return account;
}

Result<std::unique_ptr<Account>> AccountStore::create(StationPk station, AgentPk agent, std::string_view epoch,
                                                      std::uint64_t opened_at_seq) {
  WAYSIDE_TRY(
      insert_.bind(1, raw(station)).bind(2, raw(agent)).bind(3, epoch).bind(4, static_cast<std::int64_t>(opened_at_seq)).run());
  auto account = std::make_unique<Account>();
  account->pk = AccountPk{database_->last_insert_rowid()};
  account->station = station;
  account->agent = agent;
  account->epoch = epoch;
  account->opened_at_seq = opened_at_seq;
  return account;
}

Result<std::int64_t> AccountStore::count(StationPk station, AgentPk agent) {
  auto row = count_.bind(1, raw(station)).bind(2, raw(agent)).step();
  if (!row) return std::move(row).error();
  const std::int64_t accounts = count_.integer(0);
  count_.reset();
  return accounts;
}

Status AccountStore::load_days(Account& account) {
  select_days_.bind(1, raw(account.pk)).bind(2, static_cast<std::int64_t>(kDaysKept));
  WAYSIDE_TRY(select_days_.each_row([&](const SqlStatement& row) {
    account.days.push_back(
        {row.integer(0), static_cast<std::uint64_t>(row.integer(1)), static_cast<std::uint64_t>(row.integer(2))});
  }));
  std::reverse(account.days.begin(), account.days.end());
  return {};
}

Status AccountStore::save_days(Account& account) {
  for (DayStart& each : account.days) {
    if (!each.dirty) continue;
    save_day_.bind(1, raw(account.pk)).bind(2, each.day).bind(3, static_cast<std::int64_t>(each.first_seq));
    WAYSIDE_TRY(save_day_.bind(4, static_cast<std::int64_t>(each.repeated_before)).run());
    each.dirty = false;
  }
  if (account.days.size() > kDaysKept) account.days.erase(account.days.begin(), account.days.end() - kDaysKept);
  return {};
}

Status AccountStore::save(Account& account) {
  WAYSIDE_TRY(save_days(account));
  const AccountTotals totals = account.totals();
  const auto number = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  update_.bind(1, raw(account.pk)).bind(2, number(account.stated_last_seq));
  update_.bind_blob(3, encode_runs(account.received)).bind_blob(4, encode_runs(account.refused));
  update_.bind_blob(5, encode_runs(account.dropped)).bind(6, number(account.repeated)).bind(7, number(totals.last_seq));
  update_.bind(8, number(totals.accepted)).bind(9, number(totals.received)).bind(10, number(totals.refused));
  update_.bind(11, number(totals.dropped)).bind(12, number(totals.missing)).bind(13, number(account.opened_at_seq));
  return update_.run();
}

}  // namespace wayside::central
