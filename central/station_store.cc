#include "central/station_store.h"

#include <algorithm>

#include "common/base/log.h"

namespace wayside::central {

StreamState& Station::stream_state(Stream stream) {
  for (StreamState& state : streams) {
    if (state.stream == stream) return state;
  }
  streams.push_back({});
  streams.back().stream = stream;
  return streams.back();
}

bool Station::shown() const { return !retired_at && (info != nullptr || !streams.empty()); }

Result<StationStore> StationStore::open(SqlDatabase& database) {
  StationStore store(database);
  const auto prepare = [&database](SqlStatement& statement, std::string_view sql) -> Status {
    auto prepared = database.prepare(sql);
    if (!prepared) return std::move(prepared).error();
    statement = std::move(*prepared);
    return {};
  };
  WAYSIDE_TRY(prepare(store.insert_station_, "INSERT INTO station (station_id, brought_by) VALUES (?1, ?2)"));
  WAYSIDE_TRY(prepare(store.update_station_,
                      "UPDATE station SET owner_pk = ?2, info = ?3, retired_at = ?4, unnumbered = ?5, "
                      "unnumbered_repeated = ?6, info_at = ?7, info_offset = ?8 WHERE station_pk = ?1"));
  WAYSIDE_TRY(prepare(store.insert_agent_, "INSERT INTO agent (name) VALUES (?1)"));
  WAYSIDE_TRY(prepare(store.upsert_state_,
                      "INSERT OR REPLACE INTO stream_state (station_pk, stream, observed_at, received_at, stored_at, clock, "
                      "fields, field_times, bad_clock_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
  WAYSIDE_TRY(store.reload(database));
  return store;
}

Status StationStore::reload(SqlDatabase& database) {
  database_ = &database;
  stations_.clear();
  by_id_.clear();
  agents_.clear();
  agent_names_.clear();
  brought_.clear();
  WAYSIDE_TRY(load_agents());
  WAYSIDE_TRY(load_stations());
  return load_states();
}

Status StationStore::load_agents() {
  return database_->each_row("SELECT agent_pk, name FROM agent", [this](const SqlStatement& row) {
    agents_.emplace(std::string(row.text(1)), AgentPk{row.integer(0)});
    agent_names_.emplace(row.integer(0), std::string(row.text(1)));
  });
}

Status StationStore::load_stations() {
  auto select = database_->prepare(
      "SELECT station_pk, station_id, owner_pk, info, retired_at, unnumbered, unnumbered_repeated, info_at, info_offset, "
      "brought_by FROM station ORDER BY station_pk");
  if (!select) return std::move(select).error();
  for (;;) {
    auto row = select->step();
    if (!row) return std::move(row).error();
    if (!*row) return {};
    auto station = std::make_unique<Station>();
    station->pk = StationPk{select->integer(0)};
    station->id = select->text(1);
    station->owner = AgentPk{select->integer(2)};
    if (!select->is_null(3)) {
      auto info = parse_station_info(select->text(3));
      if (!info) return std::move(info).error().while_doing("reading station " + station->id);
      station->info = std::make_shared<const StationInfo>(std::move(*info));
    }
    if (!select->is_null(4)) station->retired_at = UtcTime{select->integer(4)};
    station->unnumbered = static_cast<std::uint64_t>(select->integer(5));
    station->unnumbered_repeated = static_cast<std::uint64_t>(select->integer(6));
    station->info_at = UtcTime{select->integer(7)};
    station->info_offset = select->integer(8);
    station->brought_by = AgentPk{select->integer(9)};
    ++brought_[raw(station->brought_by)];
    by_id_.emplace(station->id, station.get());
    stations_.push_back(std::move(station));
  }
}

Status StationStore::load_states() {
  std::unordered_map<std::int64_t, Station*> by_pk;
  for (const auto& station : stations_) by_pk.emplace(raw(station->pk), station.get());
  return database_->each_row(
      "SELECT station_pk, stream, observed_at, received_at, stored_at, clock, fields, field_times, bad_clock_at FROM "
      "stream_state",
      [&](const SqlStatement& row) {
        const auto station = by_pk.find(row.integer(0));
        if (station == by_pk.end()) return;
        StreamState& state = station->second->stream_state(static_cast<Stream>(row.integer(1)));
        if (!row.is_null(2)) state.observed_at = UtcTime{row.integer(2)};
        state.received_at = UtcTime{row.integer(3)};
        state.stored_at = UtcTime{row.integer(4)};
        state.clock = static_cast<ClockQuality>(row.integer(5));
        decode_fields(state, row.text(6), row.text(7));
        if (!row.is_null(8)) state.bad_clock_at = UtcTime{row.integer(8)};
      });
}

Station* StationStore::find(std::string_view station_id) {
  lookup_ = station_id;
  const auto found = by_id_.find(lookup_);
  return found == by_id_.end() ? nullptr : found->second;
}

Result<Station*> StationStore::create(std::string_view station_id, AgentPk brought_by) {
  lookup_ = station_id;
  WAYSIDE_TRY(insert_station_.bind(1, station_id).bind(2, raw(brought_by)).run());
  auto station = std::make_unique<Station>();
  station->pk = StationPk{database_->last_insert_rowid()};
  station->id = station_id;
  station->brought_by = brought_by;
  ++brought_[raw(brought_by)];
  by_id_.emplace(lookup_, station.get());
  stations_.push_back(std::move(station));
  return stations_.back().get();
}

Result<AgentPk> StationStore::agent(std::string_view name) {
  lookup_ = name;
  if (const auto found = agents_.find(lookup_); found != agents_.end()) return found->second;
  WAYSIDE_TRY(insert_agent_.bind(1, name).run());
  const AgentPk pk{database_->last_insert_rowid()};
  agents_.emplace(lookup_, pk);
  agent_names_.emplace(raw(pk), lookup_);
  return pk;
}

std::optional<AgentPk> StationStore::find_agent(std::string_view name) {
  lookup_ = name;
  const auto found = agents_.find(lookup_);
  return found == agents_.end() ? std::nullopt : std::optional(found->second);
}

std::int64_t StationStore::brought_by(AgentPk agent) const {
  const auto found = brought_.find(raw(agent));
  return found == brought_.end() ? 0 : found->second;
}

const std::string& StationStore::agent_name(AgentPk agent) const {
  static const std::string kNone;
  const auto found = agent_names_.find(raw(agent));
  return found == agent_names_.end() ? kNone : found->second;
}

Status StationStore::save(Station& station) {
  if (station.dirty) {
    update_station_.bind(1, raw(station.pk)).bind(2, raw(station.owner));
    station.info == nullptr ? update_station_.bind_null(3) : update_station_.bind(3, std::string_view(station.info->json));
    station.retired_at ? update_station_.bind(4, station.retired_at->ms) : update_station_.bind_null(4);
    update_station_.bind(5, static_cast<std::int64_t>(station.unnumbered));
    update_station_.bind(6, static_cast<std::int64_t>(station.unnumbered_repeated));
    WAYSIDE_TRY(update_station_.bind(7, station.info_at.ms).bind(8, station.info_offset).run());
  }
  for (const StreamState& state : station.streams) {
    if ((station.dirty_streams & 1U << static_cast<unsigned>(state.stream)) != 0) WAYSIDE_TRY(save_state(station, state));
  }
  station.dirty = false;
  station.dirty_streams = 0;
  return {};
}

Status StationStore::save_state(const Station& station, const StreamState& state) {
  upsert_state_.bind(1, raw(station.pk)).bind(2, static_cast<std::int64_t>(state.stream));
  state.observed_at ? upsert_state_.bind(3, state.observed_at->ms) : upsert_state_.bind_null(3);
  upsert_state_.bind(4, state.received_at.ms).bind(5, state.stored_at.ms).bind(6, static_cast<std::int64_t>(state.clock));
  upsert_state_.bind(7, state.values_json()).bind(8, encode_field_times(state));
  state.bad_clock_at ? upsert_state_.bind(9, state.bad_clock_at->ms) : upsert_state_.bind_null(9);
  return upsert_state_.run();
}

}  // namespace wayside::central
