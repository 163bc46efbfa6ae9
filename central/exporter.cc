#include "central/exporter.h"

#include <algorithm>

#include "central/account.h"
#include "central/quality.h"
#include "central/read_snapshot.h"
#include "central/silver_block.h"
#include "common/base/fault_point.h"
#include "common/base/log.h"

namespace wayside::central {
namespace {

constexpr auto kProgressEvery = std::chrono::seconds(5);
constexpr std::size_t kBatchBytes = 64 * 1024;

std::string date_of(std::int64_t day) { return format_rfc3339(UtcTime{day * kDayMs}).substr(0, 10); }

std::string path_of(Stream stream, std::int64_t day, ListFormat format) {
  return "stream=" + std::string(to_text(stream)) + "/date=" + date_of(day) + "/part-0." +
         (format == ListFormat::kCsv ? "csv.gz" : "ndjson.gz");
}

}  // namespace

Result<Exporter> Exporter::open(SqlDatabase& database, ExportTarget& target, ListFormat format) {
  Exporter exporter(database, target, format);
  auto id = database.query_text("SELECT value FROM meta WHERE key = 'database_id'");
  if (!id) return std::move(id).error();
  exporter.database_id_ = id->value_or("");
  WAYSIDE_TRY(database.each_row("SELECT station_pk, station_id FROM station ORDER BY station_id", [&](const SqlStatement& row) {
    exporter.stations_.push_back({row.integer(0), std::string(row.text(1))});
  }));
  auto in_block = database.prepare("SELECT readings FROM reading_block WHERE block_key = ?1");
  if (!in_block) return std::move(in_block).error();
  auto since_closed = database.prepare(
      "SELECT count(*) FROM reading WHERE station_pk = ?1 AND stream = ?2 AND observed_at >= ?3 AND observed_at < ?4");
  if (!since_closed) return std::move(since_closed).error();
  exporter.in_block_ = std::move(*in_block);
  exporter.since_closed_ = std::move(*since_closed);
  return exporter;
}

Result<Exporter::Day> Exporter::look(Stream stream, std::int64_t day) {
  // Both tiers at one moment: closing the day moves readings from one to the other.
  auto snapshot = ReadSnapshot::begin(database_);
  if (!snapshot) return std::move(snapshot).error();
  Day found;
  for (std::size_t at = 0; at < stations_.size(); ++at) {
    const std::int64_t before = found.readings;
    const auto add = [&](const SqlStatement& row) { found.readings += row.integer(0); };
    auto closed = in_block_.bind(1, silver_key(StationPk{stations_[at].pk}, stream, day)).each_row(add);
    if (!closed.ok()) return std::move(closed).error();
    since_closed_.bind(1, stations_[at].pk).bind(2, static_cast<std::int64_t>(stream));
    auto open = since_closed_.bind(3, day * kDayMs).bind(4, (day + 1) * kDayMs).each_row(add);
    if (!open.ok()) return std::move(open).error();
    if (found.readings > before) found.stations.push_back(at);
  }
  return found;
}

Result<bool> Exporter::is_complete(const std::string& path, const ExportMark& now) {
  auto beginning = target_.beginning(path, ExportMark::kBytesMax);
  if (!beginning) return std::move(beginning).error();
  if (!*beginning) return false;
  const auto mark = ExportMark::of_file(**beginning);
  if (!mark) return Error{path + ": is there and is no export of ours", "move it away, or name another --to"};
  if (mark->database_id != now.database_id) {
    return Error{path + ": is an export of another database (" + mark->database_id + ", this one is " + now.database_id + ")",
                 "name another --to"};
  }
  if (now.readings < mark->readings || now.before < mark->before) {
    ++counts_.outlived;
    return true;
  }
  return now.readings == mark->readings && now.before == mark->before;
}

Status Exporter::write_station(ExportFile& file, const HistoryQuery& query, std::int64_t station_pk, bool first) {
  HistoryWriter history(query, station_pk);
  std::string text;
  if (first) text = history.beginning();
  for (bool more = true; more;) {
    auto part = history.next(database_, text);
    if (!part) return std::move(part).error();
    more = *part;
    counts_.readings += std::count(text.begin(), text.end(), '\n');
    if (more && text.size() < kBatchBytes) continue;
    WAYSIDE_TRY(file.write(text));
    text.clear();
  }
  return {};
}

Status Exporter::write(const std::string& path, const ExportMark& mark, const Day& found, Stream stream, std::int64_t day) {
  auto fd = target_.create(path);
  if (!fd) return std::move(fd).error();
  ExportFile file(*fd, mark);
  HistoryQuery query;
  query.streams = {stream};
  query.format = format_;
  query.since = query.after.observed_at = day * kDayMs;
  query.until = query.since + kDayMs;
  query.limit = HistoryQuery::kEndless;
  const std::int64_t readings_before = counts_.readings;
  for (std::size_t i = 0; i < found.stations.size(); ++i) {
    const Source& station = stations_[found.stations[i]];
    query.station_id = station.id;
    WAYSIDE_TRY(write_station(file, query, station.pk, i == 0));
    fault_point("export_writing");
    say_progress(path);
  }
  WAYSIDE_TRY(file.finish());
  fault_point("before_export_complete");
  WAYSIDE_TRY(target_.complete());
  fault_point("after_export_complete");
  ++counts_.files;
  counts_.bytes += file.bytes();
  log_info("export_file", {{"path", path}, {"readings", counts_.readings - readings_before}, {"bytes", file.bytes()}});
  return {};
}

void Exporter::say_progress(std::string_view path) {
  const auto now = std::chrono::steady_clock::now();
  if (now - said_ < kProgressEvery) return;
  said_ = now;
  const double seconds = std::chrono::duration<double>(now - began_).count();
  log_info("export_progress", {{"path", path},
                               {"files", counts_.files},
                               {"readings", counts_.readings},
                               {"readings_per_s", static_cast<std::int64_t>(static_cast<double>(counts_.readings) / seconds)}});
}

Status Exporter::run(std::int64_t since, std::int64_t until) {
  for (const Stream stream : kAllStreams) {
    const bool judged = !QualityJudge(stream).fields().empty();
    std::int64_t before = 0;
    if (judged && since > 0) {
      auto eve = look(stream, since - 1);
      if (!eve) return std::move(eve).error();
      before = eve->readings;
    }
    for (std::int64_t day = since; day < until; ++day) {
      auto found = look(stream, day);
      if (!found) return std::move(found).error();
      const ExportMark mark{database_id_, found->readings, judged ? before : 0};
      before = found->readings;
      const std::string path = path_of(stream, day, format_);
      say_progress(path);
      if (found->stations.empty()) continue;
      auto complete = is_complete(path, mark);
      if (!complete) return std::move(complete).error();
      if (*complete) ++counts_.complete;
      if (!*complete) WAYSIDE_TRY(write(path, mark, *found, stream, day));
    }
  }
  return {};
}

}  // namespace wayside::central
