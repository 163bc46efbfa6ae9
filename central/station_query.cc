#include "central/station_query.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>

#include "central/json_fields.h"
#include "central/text_search.h"

namespace wayside::central {
namespace {

constexpr double kEarthRadiusM = 6'371'008.8;
constexpr double kRadians = std::numbers::pi / 180;
constexpr std::int64_t kRadiusMaxM = 100'000;
constexpr std::int64_t kRadiusDefaultM = 1000;
constexpr std::int64_t kCountMax = 100'000;

bool in_box(const StationInfo& info, const QueryParams::Box& box) {
  if (*info.lat < box.min_lat || *info.lat > box.max_lat) return false;
  // A box whose west is above its east lies across the date line.
  return box.min_lon <= box.max_lon ? *info.lon >= box.min_lon && *info.lon <= box.max_lon
                                    : *info.lon >= box.min_lon || *info.lon <= box.max_lon;
}

/// The number is only worth something where the station is heard of and does what is asked of it.
bool has_at_least(const BoardStation& station, const char* count, const char* service, std::int64_t min, bool any_state) {
  if (!any_state && station.state != StationState::kLive && station.state != StationState::kLate) return false;
  const BoardStream* bikes = station.stream(Stream::kBikeStatus);
  if (bikes == nullptr || bikes->values.flag(service) == false) return false;
  return bikes->values.integer(count).value_or(-1) >= min;
}

bool takes(const StationQuery& query, const BoardStation& station) {
  if (query.kind && station.kind() != *query.kind) return false;
  if (query.state && station.state != *query.state) return false;
  const StationInfo* info = station.info.get();
  if (query.line && (info == nullptr || std::find(info->lines.begin(), info->lines.end(), *query.line) == info->lines.end()))
    return false;
  if (query.box && (info == nullptr || !info->lat || !in_box(*info, *query.box))) return false;
  const bool any_state = query.state.has_value();
  if (query.bikes_min && !has_at_least(station, "num_bikes_available", "is_renting", *query.bikes_min, any_state)) return false;
  return !query.docks_min || has_at_least(station, "num_docks_available", "is_returning", *query.docks_min, any_state);
}

std::optional<double> distance_within(const StationQuery::Near& near, const BoardStation& station) {
  if (station.info == nullptr || !station.info->lat) return std::nullopt;
  // One degree of latitude is at least 110.5 km everywhere: spares most stations the trigonometry.
  if (std::abs(*station.info->lat - near.lat) * 110'000 > near.radius_m) return std::nullopt;
  const double metres = distance_m(near.lon, near.lat, *station.info->lon, *station.info->lat);
  return metres <= near.radius_m ? std::optional(metres) : std::nullopt;
}

/// A distance as a word that sorts as it does, for cursors.
std::string distance_word(double metres) {
  char text[32];
  std::snprintf(text, sizeof text, "%012.3f", metres);
  return text;
}

/// Cuts the page out of all hits, which are in order, and says where the next one begins.
template <class Place>
StationPage cut(std::vector<StationHit> hits, std::int64_t limit, Place place) {
  StationPage page;
  const bool more = hits.size() > static_cast<std::size_t>(limit);
  if (more) hits.resize(static_cast<std::size_t>(limit));
  if (more) page.next_cursor = encode_cursor(place(hits.back()));
  page.hits = std::move(hits);
  return page;
}

StationPage by_distance(const std::vector<const BoardStation*>& stations, const StationQuery& query) {
  struct Near {
    std::string word;
    StationHit hit;
  };
  std::vector<Near> found;
  for (const BoardStation* station : stations) {
    const auto metres = distance_within(*query.near, *station);
    if (!metres || !takes(query, *station)) continue;
    Near near{distance_word(*metres), {station, metres}};
    if (!query.after.empty() && std::pair(near.word, station->id) <= std::pair(query.after[0], query.after[1])) continue;
    found.push_back(std::move(near));
  }
  std::sort(found.begin(), found.end(), [](const Near& a, const Near& b) {
    return std::pair(std::string_view(a.word), std::string_view(a.hit.station->id)) <
           std::pair(std::string_view(b.word), std::string_view(b.hit.station->id));
  });
  std::vector<StationHit> hits;
  hits.reserve(found.size());
  for (const Near& near : found) hits.push_back(near.hit);
  return cut(std::move(hits), query.limit, [](const StationHit& last) {
    return std::vector{distance_word(*last.distance_m), last.station->id};
  });
}

StationPage by_id(const Board::Stations& stations, const StationQuery& query) {
  std::vector<StationHit> hits;
  auto at = query.after.empty() ? stations.begin() : stations.upper_bound(query.after[0]);
  for (; at != stations.end() && hits.size() <= static_cast<std::size_t>(query.limit); ++at) {
    if (takes(query, *at->second)) hits.push_back({at->second.get(), std::nullopt});
  }
  return cut(std::move(hits), query.limit, [](const StationHit& last) { return std::vector{last.station->id}; });
}

/// Best first; the cursor is a place in that order.
StationPage by_rank(const std::vector<const BoardStation*>& found, const StationQuery& query) {
  std::size_t begin = 0;
  if (!query.after.empty()) std::from_chars(query.after[0].data(), query.after[0].data() + query.after[0].size(), begin);
  std::vector<StationHit> hits;
  std::size_t place = 0;
  for (const BoardStation* station : found) {
    if (!takes(query, *station) || place++ < begin) continue;
    hits.push_back({station, std::nullopt});
    if (hits.size() > static_cast<std::size_t>(query.limit)) break;
  }
  return cut(std::move(hits), query.limit,
             [&](const StationHit&) { return std::vector{std::to_string(begin + static_cast<std::size_t>(query.limit))}; });
}

void read_near(QueryParams& params, StationQuery& query) {
  const auto near = params.point("near");
  const auto radius_m = params.integer("radius_m", kRadiusDefaultM, 1, kRadiusMaxM);
  if (near) query.near = StationQuery::Near{near->first, near->second, static_cast<double>(radius_m)};
  if (!near && params.text("radius_m")) params.fail("radius_m", "needs near", "", "near=lon,lat");
}

std::optional<std::int64_t> read_count(QueryParams& params, std::string_view name) {
  if (!params.text(name)) return std::nullopt;
  return params.integer(name, 0, 0, kCountMax);
}

}  // namespace

double distance_m(double lon_a, double lat_a, double lon_b, double lat_b) {
  const double half_lat = std::sin((lat_b - lat_a) * kRadians / 2);
  const double half_lon = std::sin((lon_b - lon_a) * kRadians / 2);
  const double square = half_lat * half_lat + std::cos(lat_a * kRadians) * std::cos(lat_b * kRadians) * half_lon * half_lon;
  return 2 * kEarthRadiusM * std::asin(std::min(1.0, std::sqrt(square)));
}

StationQuery StationQuery::read_lasting(QueryParams& params) {
  StationQuery query;
  query.kind = params.text("kind");
  if (query.kind && *query.kind != "bike" && *query.kind != "rail" && *query.kind != "weather") {
    params.fail("kind", "is no kind of station", *query.kind, "bike, rail or weather");
  }
  query.box = params.box("bbox");
  query.limit = std::numeric_limits<std::int64_t>::max();
  return query;
}

StationQuery StationQuery::read(QueryParams& params) {
  StationQuery query = read_lasting(params);
  if (const auto state = params.text("state")) {
    query.state = parse_station_state(*state);
    if (!query.state) params.fail("state", "is no state", *state, "live, late, silent, never, out_of_service or bad_clock");
  }
  query.line = params.text("line", 64);
  query.words = params.text("q", 200);
  if (query.words && fts_query(*query.words).empty()) {
    params.fail("q", "has no letter or digit", *query.words, "the beginning of a name or street");
  }
  read_near(params, query);
  query.bikes_min = read_count(params, "bikes_min");
  query.docks_min = read_count(params, "docks_min");
  query.limit = params.integer("limit", kLimitMax, 1, kLimitMax);
  if (const auto cursor = params.text("cursor")) {
    const auto parts = decode_cursor(*cursor, query.near ? 2 : 1);
    if (!parts) params.fail("cursor", "is none of ours", *cursor, "the next_cursor of the answer before");
    if (parts) query.after = *parts;
  }
  return query;
}

std::uint64_t StationPage::fingerprint() const {
  std::uint64_t print = hash_bytes(next_cursor.value_or(""));
  for (const StationHit& hit : hits) print = (print ^ hit.station->version) * 0x100000001b3U + (print >> 47);
  return print;
}

StationPage find_stations(Board& board, const StationQuery& query) {
  if (!query.words && !query.near) return by_id(board.stations(), query);
  std::vector<const BoardStation*> candidates;
  if (query.words) {
    for (const std::string& id : board.search(*query.words)) candidates.push_back(board.find(id));
    std::erase(candidates, nullptr);
  } else {
    for (const auto& [id, station] : board.stations()) candidates.push_back(station.get());
  }
  return query.near ? by_distance(candidates, query) : by_rank(candidates, query);
}

}  // namespace wayside::central
