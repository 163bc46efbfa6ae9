#include "central/history_import.h"

#include "central/account.h"
#include "central/writer.h"
#include "common/base/fault_point.h"
#include "common/base/log.h"
#include "common/contract/message.h"

namespace wayside::central {
namespace {

constexpr std::uint64_t kTransactionRows = 20'000;
constexpr auto kProgressEvery = std::chrono::seconds(5);
constexpr std::int64_t kAheadMsMax = 5 * 60 * 1000;
/// The keeper lets a day lie open for 5 minutes after its last reading; here nothing more comes.
constexpr std::int64_t kOpenMs = 6 * 60 * 1000;

}  // namespace

Result<std::unique_ptr<HistoryImport>> HistoryImport::open(SqlDatabase& database, const CentralSettings& settings,
                                                           UtcTime now) {
  auto stations = StationStore::open(database);
  if (!stations) return std::move(stations).error();
  auto readings = ReadingStore::open(database, true, settings.layers.silver_days);
  if (!readings) return std::move(readings).error();
  std::unique_ptr<HistoryImport> import(new HistoryImport(database, settings, now, std::move(*stations), std::move(*readings)));
  auto layers = LayerKeeper::open(database, import->readings_.days(), layer_options(settings));
  if (!layers) return std::move(layers).error();
  import->layers_ = std::move(*layers);
  return import;
}

void HistoryImport::refuse(Reason reason) {
  ++counts_.rows;
  ++counts_.refused[static_cast<std::size_t>(reason)];
}

Status HistoryImport::begin() {
  if (transaction_) return {};
  auto begun = SqlTransaction::begin(database_);
  if (!begun) return std::move(begun).error();
  transaction_.emplace(std::move(*begun));
  return {};
}

Status HistoryImport::commit() {
  if (!transaction_) return {};
  for (Station* station : touched_) {
    station->touched = false;
    WAYSIDE_TRY(stations_.save(*station));
  }
  touched_.clear();
  fault_point("before_import_commit");
  WAYSIDE_TRY(transaction_->commit());
  transaction_.reset();
  in_transaction_ = 0;
  fault_point("after_import_commit");
  return {};
}

/// Null: over the limit of stations.
Result<Station*> HistoryImport::station(const std::string& id) {
  Station* found = stations_.find(id);
  if (found == nullptr) {
    if (static_cast<std::int64_t>(stations_.stations().size()) >= settings_.limits.stations) return found;
    auto made = stations_.create(id, AgentPk{0});
    if (!made) return made;
    found = *made;
  }
  const auto said = infos_.find(id);
  if (said == infos_.end()) return found;
  if (found->info == nullptr && !found->retired_at && !check_station_info(said->second, id)) {
    auto info = parse_station_info(said->second);
    if (info) found->info = std::make_shared<const StationInfo>(std::move(*info));
    found->dirty = true;
  }
  infos_.erase(said);
  return found;
}

Status HistoryImport::add(const Reading& reading, UtcTime received_at) {
  say_progress();
  const auto before = last_.find(reading.station_id);
  if (before != last_.end() && before->second == reading) {
    ++counts_.rows;
    ++counts_.repeated;
    return {};
  }
  const std::string text = encode_reading(reading);
  parser_.parse(text, nullptr, parsed_);
  if (parsed_.size() != 1) {
    refuse(Reason::kBadJson);
    return {};
  }
  const ParsedReading& item = parsed_.front();
  if (item.refusal) {
    refuse(item.refusal->reason);
    return {};
  }
  if (item.reading.observed_at.ms > std::min(received_at.ms, now_.ms) + kAheadMsMax) {
    refuse(Reason::kFutureTime);
    return {};
  }
  WAYSIDE_TRY(begin());
  WAYSIDE_TRY(store(item.reading, received_at));
  last_[reading.station_id] = reading;
  return in_transaction_ >= kTransactionRows ? commit() : Status();
}

Status HistoryImport::store(const Reading& reading, UtcTime received_at) {
  auto found = station(reading.station_id);
  if (!found) return std::move(found).error();
  if (*found == nullptr) {
    refuse(Reason::kOutOfRange);
    return {};
  }
  Station& where = **found;
  ++counts_.rows;
  ++in_transaction_;
  auto stored = readings_.insert_unnumbered(where.pk, reading, {received_at, now_, -1});
  if (!stored) return std::move(stored).error();
  if (*stored == Stored::kSame) ++counts_.repeated;
  if (*stored == Stored::kTooOld) ++counts_.too_old;
  if (*stored == Stored::kNew) {
    ++counts_.stored;
    ++where.unnumbered;
    where.dirty = true;
    const std::int64_t kept_from = now_.ms / kDayMs - settings_.layers.silver_days - 1;
    if (settings_.layers.silver_days > 0 && reading.observed_at.ms / kDayMs < kept_from) ++counts_.ageing;
  }
  if (where.dirty && !where.touched) {
    where.touched = true;
    touched_.push_back(&where);
  }
  return {};
}

Status HistoryImport::close_days() {
  WAYSIDE_TRY(commit());
  for (bool more = true; more;) {
    auto step = layers_->step(UtcTime{now_.ms + kOpenMs});
    if (!step) return std::move(step).error();
    more = *step;
    say_progress();
  }
  return {};
}

void HistoryImport::say_progress() {
  const auto at = std::chrono::steady_clock::now();
  if (at - said_ < kProgressEvery) return;
  said_ = at;
  log_info("import_progress", {{"rows", counts_.rows},
                               {"stored", counts_.stored},
                               {"repeated", counts_.repeated},
                               {"rows_per_s", static_cast<std::int64_t>(static_cast<double>(counts_.rows) / seconds())}});
}

}  // namespace wayside::central
