#include "central/offset_store.h"

namespace wayside::central {

Result<OffsetStore> OffsetStore::open(SqlDatabase& database) {
  OffsetStore store(database);
  auto update = database.prepare(
      "UPDATE partition_offset SET next_offset = ?4 WHERE cluster_pk = ?1 AND topic = ?2 AND partition = ?3 AND next_offset = "
      "?5");
  if (!update) return std::move(update).error();
  auto insert = database.prepare(
      "INSERT OR IGNORE INTO partition_offset (cluster_pk, topic, partition, began_at, next_offset) VALUES (?1, ?2, ?3, ?4, "
      "?4)");
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
  auto select =
      database_->prepare("SELECT topic, partition, began_at, next_offset FROM partition_offset WHERE cluster_pk = ?1");
  if (!select) return std::move(select).error();
  select->bind(1, raw(cluster_));
  for (;;) {
    auto row = select->step();
    if (!row) return std::move(row).error();
    if (!*row) return {};
    for (std::size_t topic = 0; topic < source_topics().size(); ++topic) {
      if (source_topics()[topic].name != select->text(0)) continue;
      places_[{topic, static_cast<std::int32_t>(select->integer(1))}] = {select->integer(2), select->integer(3)};
    }
  }
}

Status OffsetStore::begin(const std::map<PartitionId, std::int64_t>& low_watermarks) {
  auto transaction = SqlTransaction::begin(*database_);
  if (!transaction) return std::move(transaction).error();
  for (const auto& [id, low] : low_watermarks) {
    insert_.bind(1, raw(cluster_)).bind(2, source_topics()[id.topic].name).bind(3, std::int64_t{id.partition});
    WAYSIDE_TRY(insert_.bind(4, low).run());
  }
  WAYSIDE_TRY(transaction->commit());
  return reload();
}

Status OffsetStore::save(const PartitionId& id, std::int64_t before, std::int64_t after) {
  update_.bind(1, raw(cluster_)).bind(2, source_topics()[id.topic].name).bind(3, std::int64_t{id.partition});
  WAYSIDE_TRY(update_.bind(4, after).bind(5, before).run());
  if (database_->changes() == 1) return {};
  return Error{"offset of " + std::string(source_topics()[id.topic].name) + "/" + std::to_string(id.partition) +
                   " is not where this central left it: another process writes this database",
               "stop the other process"};
}

}  // namespace wayside::central
