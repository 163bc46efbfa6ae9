#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "central/board_change.h"
#include "central/health_store.h"
#include "central/layer_keeper.h"
#include "central/offset_store.h"
#include "central/quarantine_store.h"
#include "central/reading_store.h"
#include "central/record.h"
#include "central/station_store.h"
#include "common/contract/reading.h"

namespace wayside::central {

/// How much agents may make central keep (DESIGN 5.7); what is beyond is refused as out_of_range, counted and logged. Each
/// limit of one agent keeps it from filling what others need.
struct FoldLimits {
  std::int64_t stations = 100'000;
  std::int64_t stations_of_agent = 20'000;  ///< that it was the first to name
  std::int64_t agents = 20'000;
  std::int64_t epochs = 1000;     ///< of one agent at one station
  std::int64_t ranges = 100'000;  ///< of numbers that one account keeps
};

struct FoldOptions {
  QuarantineLimits quarantine;
  bool keep_readings = true;             ///< else only state, accounts and quarantine
  std::int64_t report_interval_s = 300;  ///< of streams whose information names none
  FoldLimits limits;
  LayerOptions layers;
};

/// What a batch did; also summed up for metrics.
struct FoldCounts {
  std::uint64_t records = 0;
  std::array<std::uint64_t, kAllStreams.size()> readings{};  ///< new ones, by stream
  std::uint64_t repeated = 0;
  std::uint64_t unnumbered = 0;
  std::uint64_t late = 0;                             ///< new readings that were older than the present
  std::uint64_t too_old = 0;                          ///< new readings of days whose history has gone: counted, not kept
  std::array<std::uint64_t, kReasonCount> refused{};  ///< by central
  std::uint64_t dead_letters = 0;
  std::uint64_t limited = 0;  ///< items over one of FoldLimits

  FoldCounts& operator+=(const FoldCounts& other);
};

/// What became of a refused item that was replayed.
enum class ReplayOutcome : std::uint8_t { kReplayed, kAlreadyReplayed, kRefusedAgain, kUnknown };
std::string_view to_text(ReplayOutcome outcome);

struct Replay {
  std::int64_t id = 0;
  ReplayOutcome outcome = ReplayOutcome::kUnknown;
  Refusal refusal;  ///< of kRefusedAgain
};

struct FoldedBatch {
  std::vector<StationChange> stations;  ///< whole new state of each station that changed
  FoldCounts counts;
};

/// Folds Kafka records into the database: silver, state, accounts, quarantine, health and offsets of a batch in ONE
/// transaction (DESIGN 5.5). Knows nothing of Kafka or threads; lives on the thread that owns the writer connection.
///
/// Invariants, which tests/unit/central hold:
/// - after a commit, `next_offset` of each partition is one above the last record applied, and nothing above it is;
/// - a record below `next_offset` is passed over, so feeding any prefix twice changes nothing at all;
/// - the same readings under new offsets (a bridge that died, another cluster) change nothing but repeat counts;
/// - a failed fold leaves the database as it was; memory is read again, and the same batch may be folded again.
class Fold {
 public:
  /// The database must outlive the fold and have its schema.
  static Result<std::unique_ptr<Fold>> open(SqlDatabase& database, FoldOptions options);

  /// Chooses whose offsets count. Returns whether the database knew another cluster before.
  Result<bool> select_cluster(const std::string& cluster_id, UtcTime now) { return offsets_.select_cluster(cluster_id, now); }
  /// Says where partitions without a row begin. They must have one before records of theirs are folded.
  Status begin_partitions(const std::map<PartitionId, LogBounds>& fresh) { return offsets_.begin(fresh); }
  const PartitionPlaces& places() const { return offsets_.places(); }
  /// Logs have been held against their marks.
  void renew_marks() { offsets_.renew_marks(); }

  Result<FoldedBatch> fold(std::span<const Record> records, UtcTime now);
  /// Refused items go through the same checks again, in one transaction; what passes is received instead of refused, and
  /// never a second time. What does not pass stays as it was. "In the future" is judged by the time of the replay.
  Result<FoldedBatch> replay(std::span<const std::int64_t> ids, UtcTime now, std::vector<Replay>& replays);
  Result<std::vector<std::int64_t>> open_items(Reason reason, std::int64_t after, std::int64_t limit) {
    return quarantine_.open_ids(reason, after, limit);
  }
  /// From now on the station belongs to another agent. Nothing: no such station.
  Result<std::optional<FoldedBatch>> move_station(std::string_view station_id, std::string_view agent, UtcTime now);
  /// A step of the layers' upkeep (LayerKeeper::step), between two batches: whether more is to be done now.
  Result<bool> tend(UtcTime now);
  /// All stations that are on the map.
  std::vector<StationChange> all_stations() const;

 private:
  Fold(SqlDatabase& database, FoldOptions options, OffsetStore offsets, StationStore stations, AccountStore accounts,
       ReadingStore readings, QuarantineStore quarantine, HealthStore health);

  Status begin_batch(UtcTime now);
  Result<FoldedBatch> commit_batch(const std::function<Status()>& work);
  Status work_in_transaction(const std::function<Status()>& work);
  Status apply_all(std::span<const Record> records);
  Status replay_item(std::int64_t id, Replay& replay);
  Result<std::optional<Refusal>> check_loss(const Record& record, const Reading& reading, Station& station, AgentPk agent);
  Status apply(const Record& record);
  Status apply_information(const Record& record);
  Status retire(const Record& record);
  Status apply_health(const Record& record);
  Status apply_dead_letter(const Record& record);
  Status apply_reading(const Record& record);
  Status apply_numbered(const Record& record, const Reading& reading, Station& station, AgentPk agent);
  Status apply_unnumbered(const Record& record, const Reading& reading, Station& station, AgentPk agent);
  Status apply_loss(const Reading& reading, Station& station, AgentPk agent);
  Status count_known(const Record& record, const Reading& reading, Station& station, Account& account);
  void show(const Record& record, const Reading& reading, Station& station);

  /// Rules that need a clock or history; nothing when the reading may pass.
  std::optional<Refusal> judge(const Record& record, const Reading& reading, const Station& station, AgentPk agent) const;
  Status refuse(const Record& record, const Refusal& refusal, const Reading* reading);
  /// A number whose reading was refused.
  struct RefusedSeq {
    std::string_view station_id;
    std::string_view agent;
    std::string_view epoch;
    std::uint64_t seq = 0;
    std::optional<UtcTime> observed_at;  ///< where it has a usable one
    bool known = false;                  ///< the same item has come before
  };
  Status count_refused(const Record& record, const RefusedSeq& item);

  /// Whose an item is; either both, or why not.
  struct Sender {
    Station* station = nullptr;
    AgentPk agent{0};
    std::optional<Refusal> refusal;
  };
  /// Where a number is booked; without a refusal there is an account.
  struct Booking {
    Account* account = nullptr;
    std::optional<Refusal> refusal;
  };
  /// Station and agent, made when they are new.
  Result<Sender> sender(std::string_view station_id, std::string_view agent_name);
  /// The account for these numbers, made when it is new. Refuses what the agent cannot have accepted and what is over a limit.
  Result<Booking> account(const Record& record, Station& station, AgentPk agent, std::string_view epoch, SeqRange seqs);
  /// Null when there is none.
  Result<Account*> known_account(Station& station, AgentPk agent, std::string_view epoch);
  Account* keep(Station& station, std::unique_ptr<Account> account);
  Refusal over_limit(std::string_view setting, std::int64_t limit, std::string_view whose);
  /// Whether the item may say what the station is: a replayed one only when nothing newer has been said.
  std::optional<Refusal> judge_information(const Record& record, const Station& station, AgentPk agent) const;
  void confirm(const Record& record, Station& station);
  void touch(Station& station);
  /// It stays in memory until the batch is saved, whether it has changed or not.
  void keep_dirty(Account& account);
  Status save_all();
  Status save_offsets();
  Status reload();
  Arrival arrival(const Record& record) const { return {record.timestamp, now_, record.offset}; }
  std::int64_t silent_after_ms(const Station& station, Stream stream) const;
  StationChange change_of(const Station& station) const;

  SqlDatabase& database_;
  FoldOptions options_;
  OffsetStore offsets_;
  StationStore stations_;
  AccountStore accounts_;
  ReadingStore readings_;
  QuarantineStore quarantine_;
  HealthStore health_;
  std::unique_ptr<LayerKeeper> layers_;
  ReadingParser parser_;
  std::vector<ParsedReading> parsed_;

  bool stale_ = false;  ///< a transaction failed: memory must be read again

  // Of the batch being folded.
  UtcTime now_;
  std::optional<Refusal>* replaying_ = nullptr;  ///< where a replayed item's refusal goes; nothing else may change then
  FoldCounts counts_;
  std::vector<Station*> touched_;
  std::vector<Station*> confirmed_;  ///< their information came again: to be saved, nothing to be seen
  std::vector<Account*> dirty_accounts_;
  std::map<PartitionId, std::int64_t> offsets_before_;
};

}  // namespace wayside::central
