// The ledger per station: sums, one UTC day, and accounts with what is missing by seq and time.
#include <algorithm>
#include <map>
#include <vector>

#include "central/account.h"
#include "central/account_query.h"
#include "central/epoch_book.h"
#include "central/ledger_parts.h"
#include "central/run_blob.h"
#include "central/silver_reader.h"
#include "common/base/time.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

/// A list of ranges longer than this is cut; the count tells the truth.
constexpr std::size_t kRangesShownMax = 100;
/// Finding the time of one seq reads up to a day of the station: so many in one answer, then null.
constexpr int kTimesMax = 200;

constexpr std::string_view kStationColumns =
    "SELECT station_pk, station_id, coalesce(agent.name, ''), unnumbered, unnumbered_repeated, owner_pk FROM station "
    "LEFT JOIN agent ON agent_pk = owner_pk ";

constexpr std::string_view kAccountColumns =
    "SELECT agent.name, epoch, opened_at_seq, last_seq, accepted_n, received_n, refused_n, dropped_n, missing_n, repeated, "
    "received, refused, dropped, account_pk, book.agent_pk, EXISTS (SELECT 1 FROM account AS newer WHERE newer.station_pk = "
    "book.station_pk AND newer.agent_pk = book.agent_pk AND newer.account_pk > book.account_pk) "
    "FROM account AS book LEFT JOIN agent USING (agent_pk) WHERE station_pk = ?1 ORDER BY account_pk";

/// The day's first seq and repeats so far, and the same of the next day that is known.
constexpr std::string_view kDayColumns =
    "SELECT first_seq, repeated_before, (SELECT min(first_seq) FROM account_day AS next WHERE next.account_pk = ?1 AND "
    "next.day > ?2), (SELECT repeated_before FROM account_day AS next WHERE next.account_pk = ?1 AND next.day > ?2 ORDER BY "
    "next.day LIMIT 1) FROM account_day WHERE account_pk = ?1 AND day = ?2";

constexpr std::string_view kDayOfSeq = "SELECT max(day) FROM account_day WHERE account_pk = ?1 AND first_seq <= ?2";

/// 8640 as `8,640`.
std::string grouped(std::int64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

void append_ranges(std::string& out, std::string_view key, const std::vector<SeqRange>& ranges) {
  append_key(out, key);
  out += '[';
  for (std::size_t i = 0; i < std::min(ranges.size(), kRangesShownMax); ++i) {
    append_comma(out);
    out += '[';
    append_integer(out, static_cast<std::int64_t>(ranges[i].first));
    out += ',';
    append_integer(out, static_cast<std::int64_t>(ranges[i].last));
    out += ']';
  }
  out += ']';
}

class StationLedger {
 public:
  static Result<StationLedger> open(SqlDatabase& database, std::int64_t day) {
    StationLedger ledger(day);
    for (const auto& [statement, sql] : {std::pair{&ledger.accounts_, kAccountColumns},
                                         std::pair{&ledger.day_row_, kDayColumns}, std::pair{&ledger.day_of_, kDayOfSeq}}) {
      auto prepared = database.prepare(sql);
      if (!prepared) return std::move(prepared).error();
      *statement = std::move(*prepared);
    }
    auto silver = SilverReader::open(database);
    if (!silver) return std::move(silver).error();
    ledger.silver_ = std::move(*silver);
    auto sums = database.prepare("SELECT " + std::string(kEpochSums) + " FROM account WHERE agent_pk = ?1 AND epoch = ?2");
    if (!sums) return std::move(sums).error();
    auto words = database.prepare("SELECT " + std::string(kEpochWord) + " FROM agent_epoch WHERE agent_pk = ?1 AND epoch = ?2");
    if (!words) return std::move(words).error();
    ledger.sums_ = std::move(*sums);
    ledger.words_ = std::move(*words);
    return ledger;
  }

  /// Appends one station from a row of kStationColumns.
  Status append(std::string& out, const SqlStatement& station) {
    Parts sum;
    Parts today;
    std::string accounts;
    WAYSIDE_TRY(append_accounts(accounts, station.integer(0), station.integer(5), sum, today));
    sum.repeated += station.integer(4);
    out += '{';
    append_key(out, "station_id");
    append_json_string(out, station.text(1));
    append_key(out, "agent");
    append_json_string(out, station.text(2));
    append_parts(out, sum);
    append_count(out, "unnumbered", station.integer(3));
    append_day(out, today);
    out.append(",").append(accounts).append("}");
    return {};
  }

 private:
  explicit StationLedger(std::int64_t day) : day_(day) {}

  Status append_accounts(std::string& out, std::int64_t station_pk, std::int64_t owner_pk, Parts& sum, Parts& today) {
    append_key(out, "accounts");
    out += '[';
    accounts_.bind(1, station_pk);
    for (;;) {
      auto row = accounts_.step();
      if (!row) return std::move(row).error();
      if (!*row) break;
      Parts parts = read_parts(accounts_, 4);
      const Account book = read_book(parts);
      auto epoch = epoch_of(AgentPk{accounts_.integer(14)}, std::string(accounts_.text(1)), parts);
      if (!epoch) return std::move(epoch).error();
      (*epoch)->settle_share(parts);
      const bool stranger = owner_pk != 0 && accounts_.integer(14) != owner_pk && parts.received == 0;
      if (!stranger) {
        sum += parts;
        auto of_day = parts_of_day(book);
        if (!of_day) return std::move(of_day).error();
        (*epoch)->settle_share(*of_day);
        today += *of_day;
      }
      WAYSIDE_TRY(append_account(out, station_pk, book, parts, stranger));
    }
    out += ']';
    return {};
  }

  /// The epoch of an account over all stations, by which its holes are judged; an empty one when it has no holes.
  Result<const EpochBook*> epoch_of(AgentPk agent, const std::string& epoch, const Parts& account) {
    static const EpochBook kNone;
    if (account.missing == 0) return &kNone;
    const auto [known, fresh] = epochs_.try_emplace({raw(agent), epoch});
    if (!fresh) return &known->second;
    auto word = words_.bind(1, raw(agent)).bind(2, epoch).step();
    if (!word) return std::move(word).error();
    if (*word) read_epoch_word(words_, 0, known->second);
    words_.reset();
    if (known->second.said_waiting == 0) return &known->second;  // every hole is missing
    auto sums = sums_.bind(1, raw(agent)).bind(2, epoch).step();
    if (!sums) return std::move(sums).error();
    if (*sums) read_epoch_sums(sums_, 0, known->second);
    sums_.reset();
    return &known->second;
  }

  /// The present row with its sets. Where all was received they need no decoding.
  Account read_book(const Parts& parts) const {
    Account book;
    book.pk = AccountPk{accounts_.integer(13)};
    book.opened_at_seq = static_cast<std::uint64_t>(accounts_.integer(2));
    book.stated_last_seq = static_cast<std::uint64_t>(accounts_.integer(3));
    book.repeated = static_cast<std::uint64_t>(accounts_.integer(9));
    if (parts.received == parts.accepted) {
      if (parts.received > 0) book.received.insert({book.opened_at_seq, book.stated_last_seq});
      return book;
    }
    book.received = decode_runs(accounts_.text(10)).value_or(RangeSet());
    book.refused = decode_runs(accounts_.text(11)).value_or(RangeSet());
    book.dropped = decode_runs(accounts_.text(12)).value_or(RangeSet());
    return book;
  }

  Status append_account(std::string& out, std::int64_t station_pk, const Account& book, const Parts& parts, bool stranger) {
    append_comma(out);
    out += '{';
    append_key(out, "agent");
    append_json_string(out, accounts_.text(0));
    append_key(out, "epoch");
    append_json_string(out, accounts_.text(1));
    append_key(out, "stranger");
    out += stranger ? "true" : "false";
    append_key(out, "closed");
    out += accounts_.integer(15) != 0 ? "true" : "false";
    append_count(out, "opened_at_seq", accounts_.integer(2));
    append_key(out, "opened_late");
    out += accounts_.integer(2) > 1 ? "true" : "false";
    append_count(out, "last_seq", accounts_.integer(3));
    append_parts(out, parts);
    const std::vector<SeqRange> missing = accounts_.integer(8) == 0 ? std::vector<SeqRange>() : book.missing_ranges();
    append_ranges(out, "missing_ranges", missing);
    WAYSIDE_TRY(append_times(out, station_pk, book.pk, missing));
    append_ranges(out, "dropped_ranges", book.dropped.runs());
    out += '}';
    return {};
  }

  /// Beside each missing range when the readings before and after it were observed.
  Status append_times(std::string& out, std::int64_t station_pk, AccountPk account, const std::vector<SeqRange>& missing) {
    append_key(out, "missing_between");
    out += '[';
    for (std::size_t i = 0; i < std::min(missing.size(), kRangesShownMax); ++i) {
      append_comma(out);
      out += '[';
      for (const std::uint64_t seq : {missing[i].first - 1, missing[i].last + 1}) {
        auto time = time_of(station_pk, account, seq);
        if (!time) return std::move(time).error();
        append_comma(out);
        append_time(out, *time);
      }
      out += ']';
    }
    out += ']';
    return {};
  }

  Result<std::optional<UtcTime>> time_of(std::int64_t station_pk, AccountPk account, std::uint64_t seq) {
    std::optional<UtcTime> time;
    if (seq == 0 || times_left_ == 0) return time;
    --times_left_;
    auto row = day_of_.bind(1, raw(account)).bind(2, static_cast<std::int64_t>(seq)).step();
    if (!row) return std::move(row).error();
    const bool known = *row && !day_of_.is_null(0);
    const std::int64_t begin = known ? day_of_.integer(0) * kDayMs : 0;
    day_of_.reset();
    if (!known) return time;
    auto found = silver_.time_of(StationPk{station_pk}, account, static_cast<std::int64_t>(seq), begin, begin + kDayMs);
    if (!found) return std::move(found).error();
    if (*found) time = UtcTime{**found};
    return time;
  }

  /// The day's seqs: from the first that was observed in it to the one before the next day's first.
  Result<Parts> parts_of_day(const Account& book) {
    Parts parts;
    auto row = day_row_.bind(1, raw(book.pk)).bind(2, day_).step();
    if (!row) return std::move(row).error();
    if (!*row) return parts;
    const auto first = std::max<std::uint64_t>(static_cast<std::uint64_t>(day_row_.integer(0)), book.opened_at_seq);
    const std::uint64_t last =
        day_row_.is_null(2) ? book.totals().last_seq : static_cast<std::uint64_t>(day_row_.integer(2)) - 1;
    const std::int64_t repeated_after = day_row_.is_null(3) ? static_cast<std::int64_t>(book.repeated) : day_row_.integer(3);
    parts.repeated = std::max<std::int64_t>(0, repeated_after - day_row_.integer(1));
    day_row_.reset();
    if (last < first) return parts;
    const AccountTotals totals = book.totals_within({first, last});
    parts.accepted = static_cast<std::int64_t>(totals.accepted);
    parts.received = static_cast<std::int64_t>(totals.received);
    parts.refused = static_cast<std::int64_t>(totals.refused);
    parts.dropped = static_cast<std::int64_t>(totals.dropped);
    parts.missing = static_cast<std::int64_t>(totals.missing);
    return parts;
  }

  void append_day(std::string& out, const Parts& today) const {
    append_key(out, "day");
    out += '{';
    append_key(out, "date");
    append_json_string(out, format_rfc3339(UtcTime{day_ * kDayMs}).substr(0, 10));
    append_parts(out, today);
    append_key(out, "summary");
    append_json_string(out, grouped(today.received) + " of " + grouped(today.accepted) + ", " + grouped(today.missing) +
                                " missing, " + grouped(today.repeated) + " repeats dropped");
    out += '}';
  }

  std::int64_t day_;
  int times_left_ = kTimesMax;
  std::map<std::pair<std::int64_t, std::string>, EpochBook> epochs_;
  SqlStatement sums_;
  SqlStatement words_;
  SqlStatement accounts_;
  SqlStatement day_row_;
  SqlStatement day_of_;
  SilverReader silver_;
};

}  // namespace

Result<std::string> station_ledger_json(SqlDatabase& database, const std::string& station_id, std::int64_t day) {
  auto station = database.prepare(std::string(kStationColumns) + "WHERE station_id = ?1");
  if (!station) return std::move(station).error();
  auto ledger = StationLedger::open(database, day);
  if (!ledger) return std::move(ledger).error();
  auto row = station->bind(1, station_id).step();
  if (!row) return std::move(row).error();
  if (!*row) return std::string("null");
  std::string out;
  WAYSIDE_TRY(ledger->append(out, *station));
  return out;
}

Result<std::string> ledger_stations_json(SqlDatabase& database, LedgerPlace& place, std::int64_t limit, std::int64_t day) {
  auto station = database.prepare(std::string(kStationColumns) + "WHERE station_id > ?1 ORDER BY station_id LIMIT ?2");
  if (!station) return std::move(station).error();
  auto ledger = StationLedger::open(database, day);
  if (!ledger) return std::move(ledger).error();
  station->bind(1, place.station).bind(2, limit + 1);
  std::string out = "\"stations\":[";
  for (std::int64_t count = 0;; ++count) {
    auto row = station->step();
    if (!row) return std::move(row).error();
    if (!*row) place.station = kLedgerEnd;
    if (!*row || count == limit) break;
    append_comma(out);
    place.station = station->text(1);
    WAYSIDE_TRY(ledger->append(out, *station));
  }
  return out += ']';
}

}  // namespace wayside::central
