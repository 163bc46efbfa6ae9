#include "central/picture.h"

#include <algorithm>
#include <unordered_map>

#include "central/answer.h"
#include "central/json_text.h"
#include "central/past_reader.h"
#include "central/read_snapshot.h"
#include "central/station_row.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

/// So many stations are read in one transaction.
constexpr std::size_t kStationsOfSnapshot = 100;

Result<std::unordered_map<std::string, StationPk>> station_keys(SqlDatabase& database) {
  std::unordered_map<std::string, StationPk> keys;
  auto read = database.each_row("SELECT station_id, station_pk FROM station",
                                [&](const SqlStatement& row) { keys.emplace(row.text(0), StationPk{row.integer(1)}); });
  if (!read.ok()) return std::move(read).error();
  return keys;
}

/// Returns the widest bucket whose means stand for readings.
Result<std::optional<Resolution>> look_back(PastReader& past, StationPk key, UtcTime at, BoardStation& station) {
  std::optional<Resolution> widest;
  station.state = station.streams.empty() ? StationState::kNever : StationState::kLive;
  for (BoardStream& stream : station.streams) {
    auto mean_of = past.read(key, at, stream);
    if (!mean_of) return mean_of;
    widest = std::max(widest, *mean_of);
    station.state = std::min(station.state, stream.state);
  }
  return widest;
}

Result<std::string> write_picture(SqlDatabase& database, DayTracks& tracks, std::vector<BoardStation>& stations, UtcTime at) {
  auto keys = station_keys(database);
  if (!keys) return std::move(keys).error();
  auto past = PastReader::open(database, tracks);
  if (!past) return std::move(past).error();
  std::string out = "{";
  append_key(out, "at");
  append_time(out, at);
  append_key(out, "stations");
  out += '[';
  for (std::size_t i = 0; i < stations.size();) {
    auto snapshot = ReadSnapshot::begin(database);
    if (!snapshot) return std::move(snapshot).error();
    for (const std::size_t end = std::min(stations.size(), i + kStationsOfSnapshot); i < end; ++i) {
      const auto key = keys->find(stations[i].id);
      auto mean_of = look_back(**past, key == keys->end() ? StationPk{0} : key->second, at, stations[i]);
      if (!mean_of) return std::move(mean_of).error();
      append_comma(out);
      append_row_open(out, stations[i], at);
      append_key(out, "mean_of");
      *mean_of ? append_json_string(out, to_text(**mean_of)) : void(out += "null");
      out += '}';
    }
  }
  return out += "]}\n";
}

}  // namespace

BoardStation without_present(const BoardStation& station) {
  BoardStation bare;
  bare.id = station.id;
  bare.agent = station.agent;
  bare.info = station.info;
  for (const BoardStream& stream : station.streams) {
    BoardStream& copy = bare.streams.emplace_back();
    copy.values.stream = stream.values.stream;
    copy.report_interval_s = stream.report_interval_s;
  }
  return bare;
}

HttpResponse answer_picture(SqlDatabase& database, DayTracks& tracks, std::vector<BoardStation> stations, UtcTime at) {
  auto written = write_picture(database, tracks, stations, at);
  return written ? json_answer(std::move(*written)) : failure(written.error());
}

}  // namespace wayside::central
