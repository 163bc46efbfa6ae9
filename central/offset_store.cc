#include "central/offset_store.h"

#include <algorithm>

#include "central/log_gap.h"

namespace wayside::central {

Result<OffsetStore> OffsetStore::open(SqlDatabase& database) {
  OffsetStore store(database);
  auto update = database.prepare(
      "UPDATE partition_offset SET next_offset = ?4, mark_offset = ?6, mark = ?7, folded_until = ?8 "
      "WHERE cluster_pk = ?1 AND topic = ?2 AND partition = ?3 AND next_offset = ?5");
  if (!update) return std::move(update).error();
  auto insert = database.prepare(
      "INSERT OR IGNORE INTO partition_offset (cluster_pk, topic, partition, began_at, next_offset, began_until) VALUES (?1, "
      "?2, ?3, "
      "?4, ?4, ?5)");
  if (!insert) return std::move(insert).error();
  store.update_ = std::move(*update);
  store.insert_ = std::move(*insert);
  return store;
}

Result<bool> OffsetStore::select_cluster(const std::string& cluster_id, UtcTime now) {
  auto transaction = SqlTransaction::begin(*database_);
  if (!transaction) return std::move(transaction).error();
  auto others = database_->prepare("SELECT count(*) FROM cluster WHERE cluster_id <> ?1");
  if (!others) return std::move(others).error();
  auto counted = others->bind(1, cluster_id).step();
  if (!counted) return std::move(counted).error();
  const bool changed = others->integer(0) > 0;
  others->reset();
  auto select = database_->prepare("SELECT cluster_pk FROM cluster WHERE cluster_id = ?1");
  if (!select) return std::move(select).error();
  auto row = select->bind(1, cluster_id).step();
  if (!row) return std::move(row).error();
  if (*row) {
    cluster_ = ClusterPk{select->integer(0)};
    select->reset();
  } else {
    auto insert = database_->prepare("INSERT INTO cluster (cluster_id, first_seen_at) VALUES (?1, ?2)");
    if (!insert) return std::move(insert).error();
    WAYSIDE_TRY(insert->bind(1, cluster_id).bind(2, now.ms).run());
    cluster_ = ClusterPk{database_->last_insert_rowid()};
  }
  WAYSIDE_TRY(transaction->commit());
  WAYSIDE_TRY(reload());
  return changed;
}

Status OffsetStore::reload() {
  places_.clear();
  auto select = database_->prepare(
      "SELECT topic, partition, began_at, next_offset, mark_offset, mark, folded_until, began_until FROM "
      "partition_offset WHERE cluster_pk = ?1");
  if (!select) return std::move(select).error();
  select->bind(1, raw(cluster_));
  return select->each_row([this](const SqlStatement& row) {
    PartitionPlace place;
    place.began_at = row.integer(2);
    place.next_offset = row.integer(3);
    place.began_until = row.integer(7);
    if (!row.is_null(4)) place.mark = LogMark{row.integer(4), row.integer(5)};
    if (!row.is_null(6)) place.folded_until = UtcTime{row.integer(6)};
    for (std::size_t topic = 0; topic < source_topics().size(); ++topic) {
      if (source_topics()[topic].name == row.text(0)) {
        places_[{topic, static_cast<std::int32_t>(row.integer(1))}] = place;
      }
    }
  });
}

void OffsetStore::renew_marks() {
  for (auto& [id, place] : places_) {
    if (place.latest) place.mark = place.latest;
  }
}

Status OffsetStore::accept(const std::vector<LogGap>& gaps, UtcTime now) {
  auto transaction = SqlTransaction::begin(*database_);
  if (!transaction) return std::move(transaction).error();
  auto open_at_one =
      database_->prepare("UPDATE partition_offset SET began_until = 0 WHERE cluster_pk = ?1 AND topic = ?2 AND partition = ?3");
  if (!open_at_one) return std::move(open_at_one).error();
  auto note = database_->prepare(
      "INSERT INTO gap (cluster_pk, topic, partition, kind, stood_at, goes_on_at, records, folded_until, accepted_at) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
  if (!note) return std::move(note).error();
  for (const LogGap& gap : gaps) {
    note->bind(1, raw(cluster_)).bind(2, source_topics()[gap.id.topic].name).bind(3, std::int64_t{gap.id.partition});
    note->bind(4, to_text(gap.kind)).bind(5, gap.next_offset).bind(6, gap.low).bind(7, gap.records());
    gap.folded_until ? note->bind(8, gap.folded_until->ms) : note->bind_null(8);
    WAYSIDE_TRY(note->bind(9, now.ms).run());
    open_at_one->bind(1, raw(cluster_)).bind(2, source_topics()[gap.id.topic].name).bind(3, std::int64_t{gap.id.partition});
    WAYSIDE_TRY(open_at_one->run());
    PartitionPlace& place = places_[gap.id];
    place.mark.reset();
    place.latest.reset();
    place.folded_until.reset();
    WAYSIDE_TRY(save(gap.id, gap.next_offset, gap.low));
  }
  WAYSIDE_TRY(transaction->commit());
  return reload();
}

Status OffsetStore::begin(const std::map<PartitionId, LogBounds>& fresh) {
  auto transaction = SqlTransaction::begin(*database_);
  if (!transaction) return std::move(transaction).error();
  for (const auto& [id, log] : fresh) {
    insert_.bind(1, raw(cluster_)).bind(2, source_topics()[id.topic].name).bind(3, std::int64_t{id.partition});
    WAYSIDE_TRY(insert_.bind(4, log.low).bind(5, log.high).run());
  }
  WAYSIDE_TRY(transaction->commit());
  return reload();
}

bool OffsetStore::may_lack_its_head(const Record& record) const {
  const auto place = places_.find({record.topic, record.partition});
  if (place == places_.end() || record.offset >= place->second.began_until) return false;
  return std::any_of(places_.begin(), places_.end(), [&record](const auto& item) {
    return item.first.partition == record.partition && item.second.began_at > 0 &&
           source_topics()[item.first.topic].kind == TopicKind::kReading;
  });
}

Status OffsetStore::save(const PartitionId& id, std::int64_t before, std::int64_t after) {
  PartitionPlace& place = places_[id];
  if (place.last != nullptr) {
    place.latest = LogMark{place.last->offset, mark_of(*place.last)};
    place.folded_until = place.last->timestamp;
    place.last = nullptr;
    if (!place.mark) place.mark = place.latest;
  }
  update_.bind(1, raw(cluster_)).bind(2, source_topics()[id.topic].name).bind(3, std::int64_t{id.partition});
  update_.bind(4, after).bind(5, before);
  place.mark ? update_.bind(6, place.mark->offset).bind(7, place.mark->value) : update_.bind_null(6).bind_null(7);
  place.folded_until ? update_.bind(8, place.folded_until->ms) : update_.bind_null(8);
  WAYSIDE_TRY(update_.run());
  if (database_->changes() == 1) return {};
  return Error{"offset of " + std::string(source_topics()[id.topic].name) + "/" + std::to_string(id.partition) +
                   " is not where this central left it: another process writes this database",
               "stop the other process"};
}

}  // namespace wayside::central
