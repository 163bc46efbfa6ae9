#include "central/offset_store.h"

namespace wayside::central {

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
  auto select = database_->prepare("SELECT topic, partition, began_at, next_offset FROM partition_offset WHERE cluster_pk = ?1");
  if (!select) return std::move(select).error();
  select->bind(1, raw(cluster_));
  for (;;) {
    auto row = select->step();
    if (!row) return std::move(row).error();
    if (!*row) return {};
    for (std::size_t topic = 0; topic < source_topics().size(); ++topic) {
      if (source_topics()[topic].name != select->text(0)) continue;
      places_[{topic, static_cast<std::int32_t>(select->integer(1))}] = {select->integer(2), select->integer(3), true};
    }
  }
}

Status OffsetStore::save(const PartitionId& id, const PartitionPlace& before, const PartitionPlace& after) {
  auto statement = database_->prepare(
      before.saved ? "UPDATE partition_offset SET next_offset = ?4 WHERE cluster_pk = ?1 AND topic = ?2 AND partition = ?3 "
                     "AND next_offset = ?5"
                   : "INSERT OR IGNORE INTO partition_offset (cluster_pk, topic, partition, next_offset, began_at) "
                     "VALUES (?1, ?2, ?3, ?4, ?5)");
  if (!statement) return std::move(statement).error();
  statement->bind(1, raw(cluster_)).bind(2, source_topics()[id.topic].name).bind(3, std::int64_t{id.partition});
  statement->bind(4, after.next_offset).bind(5, before.saved ? before.next_offset : after.began_at);
  WAYSIDE_TRY(statement->run());
  if (database_->changes() != 1) {
    return Error{"offset of " + std::string(source_topics()[id.topic].name) + "/" + std::to_string(id.partition) +
                     " is not where this central left it: another process writes this database",
                 "stop the other process"};
  }
  return {};
}

}  // namespace wayside::central
