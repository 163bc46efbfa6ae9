#include "firmware-sim/gbfs_replay.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "common/base/log.h"
#include "firmware-sim/gbfs_times.h"

namespace wayside::sim {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// `last_updated` without parsing a whole snapshot: a week is 259 MB. Nothing when it stands there in another form.
std::optional<std::int64_t> scan_last_updated(const std::string& text) {
  constexpr std::string_view kKey = "\"last_updated\"";
  const std::size_t at = text.rfind(kKey);
  if (at == std::string::npos) return std::nullopt;
  const std::size_t value = text.find_first_not_of(": \t\r\n", at + kKey.size());
  if (value == std::string::npos || text[value] < '0' || text[value] > '9') return std::nullopt;
  return std::strtoll(text.c_str() + value, nullptr, 10);
}

Result<std::int64_t> recorded_time(const std::string& path) {
  auto text = read_file(path);
  if (!text) return std::move(text).error();
  if (const auto scanned = scan_last_updated(*text)) return *scanned;
  auto document = parse_gbfs(*text, path);
  if (!document) return std::move(document).error();
  const auto time_s = read_gbfs_time(document->value("last_updated", Json()));
  if (!time_s) return Error{path + ": has no last_updated", "GBFS files as published"};
  return *time_s;
}

/// `station_information*.json` beside a file.
std::string find_beside(const std::string& path, const std::string& name) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fs::path(path).parent_path(), error)) {
    const std::string file = entry.path().filename().string();
    if (file.starts_with(name) && file.ends_with(".json")) return entry.path().string();
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<GbfsReplay>> GbfsReplay::open(const GbfsReplayOptions& options, UtcTime start) {
  auto files = RecordedFiles::open(options.recording);
  if (!files) return std::move(files).error();
  std::shared_ptr<GbfsReplay> replay(new GbfsReplay(options, std::move(*files), start));
  WAYSIDE_TRY(replay->plan());
  WAYSIDE_TRY(replay->load(0));
  WAYSIDE_TRY(replay->load_sides());
  return replay;
}

Status GbfsReplay::plan() {
  const std::vector<std::string>& paths = files_.paths();
  if (options_.step == ReplayStep::kConfirmed) {
    const auto last_s = recorded_time(paths.back());
    if (!last_s) return last_s.error();
    shift_s_ = start_.seconds() - *last_s;
    return {};
  }
  std::int64_t first_s = 0;
  shift_s_ = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto recorded_s = recorded_time(paths[i]);
    if (!recorded_s) return recorded_s.error();
    if (i == 0) first_s = *recorded_s;
    const double due_s = options_.speed > 0 ? static_cast<double>(*recorded_s - first_s) / options_.speed
                                            : static_cast<double>(i) * options_.step_s;
    due_ms_.push_back(std::llround(due_s * 1000));
    // Faster than recorded, the last snapshot decides; slower, the one that would come closest to the future.
    shift_s_ = std::min(shift_s_, start_.seconds() + static_cast<std::int64_t>(due_s) - *recorded_s);
  }
  return {};
}

Status GbfsReplay::load_sides() {
  std::string path = options_.information;
  if (path.empty()) path = find_beside(files_.paths().front(), "station_information");
  if (path.empty()) return Error{"--information: is needed, none lies beside the snapshots", "--information FILE"};
  WAYSIDE_TRY(load_side(path, "station_information", information_));
  const std::string system = find_beside(path, "system_information");
  if (system.empty()) return {};
  return load_side(system, "system_information", system_);
}

/// A file that does not change during the replay; it was recorded at another time and must not lie in the future.
Status GbfsReplay::load_side(const std::string& path, const std::string& name, std::shared_ptr<const GbfsDocument>& document) {
  auto text = read_file(path);
  if (!text) return std::move(text).error();
  auto json = parse_gbfs(*text, path);
  if (!json) return std::move(json).error();
  shift_gbfs_times(*json, shift_s_, start_.seconds());
  document =
      std::make_shared<const GbfsDocument>(GbfsDocument{json->dump(), "\"" + name + "-" + std::to_string(shift_s_) + "\""});
  return {};
}

Status GbfsReplay::load(std::size_t number) {
  const std::string& path = files_.paths()[number];
  auto text = read_file(path);
  if (!text) return std::move(text).error();
  auto json = parse_gbfs(*text, path);
  if (!json) return std::move(json).error();
  shift_gbfs_times(*json, shift_s_, std::numeric_limits<std::int64_t>::max());
  if (options_.ttl_s >= 0) (*json)["ttl"] = options_.ttl_s;
  ttl_s_ = json->value("ttl", 0);
  version_ = json->value("version", "");
  last_updated_s_ = read_gbfs_time(json->value("last_updated", Json())).value_or(start_.seconds());
  snapshot_ = std::make_shared<const GbfsDocument>(
      GbfsDocument{json->dump(), "\"" + std::to_string(number + 1) + "-" + std::to_string(shift_s_) + "\""});
  current_ = number;
  log_info("replay_step", {{"n", number + 1}, {"of", files_.paths().size()}});
  return {};
}

std::int64_t GbfsReplay::next_due_ms() const { return current_ + 1 < due_ms_.size() ? due_ms_[current_ + 1] : -1; }

void GbfsReplay::advance() {
  for (std::size_t next = current_ + 1; next < files_.paths().size(); ++next) {
    const Status loaded = load(next);
    if (loaded.ok()) {
      if (next + 1 == files_.paths().size() && options_.step == ReplayStep::kTime) finish();
      return;
    }
    log_error("snapshot_unreadable", {{"n", next + 1}, {"error", loaded.error().message}});
  }
  finish();
}

void GbfsReplay::finish() {
  if (!finished_) log_info("replay_finished", {{"snapshots", files_.paths().size()}});
  finished_ = true;
}

std::vector<std::string> GbfsReplay::names() const {
  std::vector<std::string> names{"station_information", "station_status"};
  if (system_) names.insert(names.begin(), "system_information");
  return names;
}

std::shared_ptr<const GbfsDocument> GbfsReplay::document(std::string_view name, std::string_view held_etag) {
  if (name == "station_information") return information_;
  if (name == "system_information") return system_;
  if (name != "station_status") return nullptr;
  if (options_.step == ReplayStep::kConfirmed && held_etag == snapshot_->etag) advance();
  return snapshot_;
}

std::string GbfsReplay::status() const {
  Json status;
  status["source"] = "replay";
  status["snapshot"] = current_ + 1;
  status["snapshots"] = files_.paths().size();
  status["finished"] = finished_;
  status["shift_s"] = shift_s_;
  return status.dump();
}

}  // namespace wayside::sim
