#include "central/central_settings.h"

#include "common/base/readable_file.h"

namespace wayside::central {

void HttpSettings::describe(SettingsVisitor& visitor) {
  visitor.text("listen", listen, "Address and port of map, API and event stream; 0.0.0.0:8080 opens it to the network.");
  visitor.text("cert_file", cert_file, "PEM certificate chain; with key_file central speaks HTTPS.");
  visitor.text("key_file", key_file, "PEM key of cert_file.");
  visitor.integer("connections_max", connections_max, {1, 100'000},
                  "Open connections; further ones are closed and counted. The limit of open files minus 128 is the most.");
  visitor.integer("viewers_max", viewers_max, {1, 100'000}, "Open event streams; further ones get 503 and are counted.");
  visitor.integer("viewer_queue_kb", viewer_queue_kb, {64, 65'536},
                  "Unsent deltas a slow viewer may pile up (kB) before it is dropped and counted; it resumes by itself.");
  visitor.integer("readers", readers, {1, 32}, "Threads that answer questions about history and ledger.");
  visitor.integer(
      "exports_max", exports_max, {1, 10'000},
      "Long answers under way (history as CSV or NDJSON); further ones get 503. One that its client does not take within "
      "30 s a part is dropped and counted.");
  visitor.boolean(
      "operator_actions", operator_actions,
      "Let programs and pages on this machine (loopback addresses only) replay refused items and move stations. Every "
      "user of this machine may then, and everybody for whom a reverse proxy on it adds no X-Forwarded-For (nginx "
      "adds none by itself).");
}

Status HttpSettings::validate() const {
  if (cert_file.empty() != key_file.empty()) return Error{"cert_file: needs key_file and the other way round", "set both"};
  return check_readable({{"cert_file", cert_file}, {"key_file", key_file}});
}

namespace {

bool is_web_address(const std::string& url) { return url.starts_with("https://") || url.starts_with("http://"); }

/// `https://host:port` of an address; the policy that the page runs under has no place for anything else.
std::string origin_of(const std::string& url) { return url.substr(0, url.find('/', url.find("://") + 3)); }

Status check_template(const std::string& name, const std::string& url, const std::vector<std::string>& parts,
                      const char* hint) {
  if (url.empty()) return {};
  bool whole = is_web_address(url) && origin_of(url).find_first_of(" ;,'\"") == std::string::npos;
  for (const std::string& part : parts) whole = whole && url.find(part) != std::string::npos;
  return whole ? Status() : Status(Error{name + ": is no such address (got " + url + ")", hint});
}

}  // namespace

void PageSettings::describe(SettingsVisitor& visitor) {
  visitor.text("tiles_file", tiles_file,
               "Base map: a .pmtiles file (vector in the Protomaps scheme, or raster). Without one the ground is plain.");
  visitor.text(
      "tiles_url", tiles_url,
      "Base map from a tile server instead: https://…/{z}/{x}/{y}.png (raster) or .mvt (vector). Viewers' browsers ask it.");
  visitor.text("tiles_attribution", tiles_attribution, "Whom the base map's licence wants to be named on it.");
  visitor.text("geocoder_url", geocoder_url,
               "Search for street addresses: an address with {q} that answers like Nominatim or Photon. Viewers' browsers ask "
               "it. Empty: none.");
  visitor.text("timezone", timezone,
               "Time zone of the stations, such as America/Chicago; named beside the viewer's own times.");
}

Status PageSettings::validate() const {
  if (!tiles_file.empty() && !tiles_url.empty()) return Error{"tiles_url: is set together with tiles_file", "one of the two"};
  WAYSIDE_TRY(check_template("tiles_url", tiles_url, {"{z}", "{x}", "{y}"}, "https://tiles.example.org/{z}/{x}/{y}.png"));
  WAYSIDE_TRY(
      check_template("geocoder_url", geocoder_url, {"{q}"}, "https://geocode.example.org/search?format=json&limit=1&q={q}"));
  return check_readable({{"tiles_file", tiles_file}});
}

std::vector<std::string> PageSettings::hosts() const {
  std::vector<std::string> hosts;
  for (const std::string* url : {&tiles_url, &geocoder_url}) {
    if (!url->empty()) hosts.push_back(origin_of(*url));
  }
  return hosts;
}

void IngestSettings::describe(SettingsVisitor& visitor) {
  visitor.integer("batch_messages", batch_messages, {1, 100'000}, "Most Kafka records in one transaction.");
  visitor.integer("batch_wait_ms", batch_wait_ms, {1, 10'000}, "How long a transaction waits for more records.");
}

void LimitSettings::describe(SettingsVisitor& visitor) {
  visitor.integer("stations", stations, {1, 10'000'000}, "Stations; they are all in memory.");
  visitor.integer("stations_of_agent", stations_of_agent, {1, 10'000'000}, "Stations that one agent was the first to name.");
  visitor.integer("agents", agents, {1, 10'000'000}, "Agents.");
  visitor.integer("epochs", epochs, {1, 1'000'000}, "Epochs of one agent at one station.");
  visitor.integer("ranges", ranges, {100, 10'000'000},
                  "Ranges of numbers that one account keeps. Beyond it only what fills a hole or goes on is taken.");
}

void LayerSettings::describe(SettingsVisitor& visitor) {
  visitor.integer("close_after_minutes", close_after_minutes, {0, 100'000},
                  "After the end of a UTC day it waits so long for late readings before its aggregates are stored. What comes "
                  "later makes them anew.");
  visitor.integer("silver_days", silver_days, {0, 100'000}, "Days for which every reading is kept; 0: for ever.");
  visitor.integer("minute_days", minute_days, {0, 100'000},
                  "Days for which aggregates by minute are kept, at least silver_days; 0: for ever.");
  visitor.integer("hour_days", hour_days, {0, 100'000}, "The same for aggregates by hour.");
  visitor.integer("day_days", day_days, {0, 100'000}, "The same for aggregates by day.");
}

void CentralSettings::describe(SettingsVisitor& visitor) {
  visitor.text("log_level", log_level, "debug, info, warn or error.");
  visitor.text("database", database, "SQLite file; made when it is not there. One central per file.", Presence::kRequired);
  visitor.boolean("synchronous_full", synchronous_full,
                  "Sync the disk at every commit. Not needed for the guarantee: a power cut may take back the last commits, "
                  "with their Kafka offsets, and they are then read again, as long as Kafka still has them.");
  visitor.integer("cache_mb", cache_mb, {1, 65'536}, "SQLite page cache of the writer (MB).");
  visitor.boolean("keep_readings", keep_readings,
                  "History of every reading. Without it only the present and the ledger are kept (one more map for more "
                  "viewers): a known number is taken for a repeat unseen, unnumbered repeats are not recognised.");
  visitor.integer("report_interval_s", report_interval_s, {1, 86'400},
                  "Interval of streams whose station information names none: late after 2, silent after 5 of them.");
  visitor.integer("quarantine_rows", quarantine_rows, {100, 10'000'000}, "Refused items kept; the oldest go first, counted.");
  visitor.integer("quarantine_mb", quarantine_mb, {1, 100'000}, "Bytes of refused items kept (MB); the oldest go first.");
  visitor.integer("delta_interval_ms", delta_interval_ms, {10, 10'000},
                  "Changes of a station within this time go to viewers as one.");
  visitor.boolean(
      "publish_state", publish_state,
      "Write the present of each station to the compacted topic station-state. Exactly one central per Kafka does.");
  visitor.group("kafka", kafka, "Where the readings come from.");
  visitor.group("ingest", ingest, "How records are folded into the database.");
  visitor.group("limits", limits, "How much agents may make central keep; beyond it items are refused as out_of_range.");
  visitor.group("layers", layers, "History: how long it is kept, and when a day is closed.");
  visitor.group("bronze", bronze, "Every Kafka record as it came, for whoever wants to compute anew.");
  visitor.group("alerts", alerts, "What is wrong, and who is told. An alert is open until all is well again.");
  visitor.group("http", http, "Map, API and event stream.");
  visitor.group("page", page, "What the map page shows beside the stations. Without these it asks no other host.");
  visitor.group("gbfs", gbfs, "Feeds of our bike stations for others' apps.");
}

}  // namespace wayside::central
