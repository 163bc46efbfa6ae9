// GBFS 1.x, 2.x, 3.0 (gbfs.org). A feed is {"last_updated":…, "ttl":60, "version":"2.3", "data":{…}}:
//   gbfs.json            1.x/2.x data.<language>.feeds[{name,url}]; 3.0 data.feeds[…]
//   station_information  data.stations[{station_id,name,lat,lon,capacity,…}]; 3.0: name is [{text,language}]
//   station_status       data.stations[{station_id,num_bikes_available,is_renting,last_reported,…}];
//                        1.x and many real 2.x feeds send is_* as 1/0; 3.0: num_vehicles_*, last_reported RFC 3339
#include "edge/drivers/gbfs_decoder.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "common/contract/message_fields.h"
#include "common/contract/reading.h"
#include "common/contract/streams.h"
#include "edge/drivers/json_repair.h"

namespace wayside::edge {
namespace {

using nlohmann::json;

struct Feed {
  json document;
  std::vector<json> too_deep;  ///< stations that were left out, without what lies deep in them
};

// At which depth nlohmann tells of one of data.stations.
constexpr int kStationDepth = 3;

/// One absurd station costs itself, not the poll.
json parse_without_deep_stations(std::string_view text, std::vector<json>& too_deep) {
  using Event = json::parse_event_t;
  bool deep = false;
  const auto take = [&](int depth, Event event, json& value) {
    if (event == Event::object_start && depth == kStationDepth) deep = false;
    if ((event == Event::object_start || event == Event::array_start) && depth >= static_cast<int>(kNestingMax)) {
      deep = true;
      return false;
    }
    if (event != Event::object_end || depth != kStationDepth || !deep) return true;
    too_deep.push_back(std::move(value));
    return false;
  };
  return json::parse(text, take, false);
}

json parse_document(std::string_view text, std::vector<json>& too_deep) {
  return nested_too_deep(text) ? parse_without_deep_stations(text, too_deep) : json::parse(text, nullptr, false);
}

Result<Feed> parse_feed(std::string_view text) {
  Feed feed;
  feed.document = parse_document(text, feed.too_deep);
  if (feed.document.is_discarded()) {
    feed.too_deep.clear();
    feed.document = parse_document(repaired_json(text), feed.too_deep);
  }
  if (feed.document.is_discarded()) return Error{"the feed is not JSON", ""};
  if (!feed.document.is_object() || !feed.document.contains("data")) return Error{"the feed has no data", ""};
  return feed;
}

std::string text_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

/// A number, or a text that is one; many feeds quote them.
std::optional<double> number_of(const json& value) {
  if (value.is_number()) return value.get<double>();
  return value.is_string() ? number_in(value.get_ref<const std::string&>()) : std::nullopt;
}

std::uint32_t ttl_of(const json& feed) {
  const auto ttl = feed.find("ttl");
  const auto seconds = ttl == feed.end() ? std::nullopt : number_of(*ttl);
  return static_cast<std::uint32_t>(std::clamp(seconds.value_or(0), 0.0, 86'400.0));
}

/// data.stations, or an error when it is no array.
Result<const json*> stations_of(const json& feed) {
  const json& data = feed["data"];
  if (!data.is_object() || !data.contains("stations") || !data["stations"].is_array()) {
    return Error{"the feed has no data.stations", ""};
  }
  return &data["stations"];
}

/// The feeds at this node, where it has any.
const json* feeds_at(const json& node) {
  return node.is_object() && node.contains("feeds") && node["feeds"].is_array() ? &node["feeds"] : nullptr;
}

const json* find_feeds(const json& data, const std::string& language) {
  if (const json* feeds = feeds_at(data)) return feeds;
  if (!data.is_object()) return nullptr;
  if (!language.empty()) return data.contains(language) ? feeds_at(data[language]) : nullptr;
  for (const auto& [name, node] : data.items()) {
    if (const json* feeds = feeds_at(node)) return feeds;
  }
  return nullptr;
}

/// A text, or the wanted (else the first) language of a 3.0 list.
std::string localized(const json& value, const std::string& language) {
  if (value.is_string()) return value.get<std::string>();
  std::string first;
  if (!value.is_array()) return first;
  for (const json& item : value) {
    if (!item.is_object() || !item.contains("text") || !item["text"].is_string()) continue;
    if (first.empty()) first = item["text"].get<std::string>();
    if (item.value("language", json()) == language) return item["text"].get<std::string>();
  }
  return first;
}

std::optional<std::string> id_of(const json& station) {
  const auto id = station.find("station_id");
  if (id == station.end()) return std::nullopt;
  if (id->is_string() && !id->get_ref<const std::string&>().empty()) return id->get<std::string>();
  if (id->is_number_integer()) return id->dump();  // seen in old feeds
  return std::nullopt;
}

/// Seconds or RFC 3339; nothing when it is neither.
std::optional<UtcTime> time_of(const json& value) {
  if (const auto seconds = number_of(value); seconds && std::abs(*seconds) < 1e11) {
    return UtcTime::from_seconds(static_cast<std::int64_t>(*seconds));
  }
  return value.is_string() ? parse_rfc3339(value.get_ref<const std::string&>()) : std::nullopt;
}

std::string contract_name(const std::string& name) {
  if (name == "num_vehicles_available") return "num_bikes_available";
  if (name == "num_vehicles_disabled") return "num_bikes_disabled";
  return name;
}

const ValueField* known_field(const std::string& name) {
  for (const ValueField& field : value_fields(Stream::kBikeStatus)) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

/// The value as the contract wants it; null when a known field cannot be made to fit.
json contract_value(const ValueField& field, const json& value) {
  if (field.type == ValueType::kBoolean) {
    if (value.is_boolean()) return value;
    if (value == "true" || value == "1") return true;
    if (value == "false" || value == "0") return false;
    return value.is_number() ? json(value.get<double>() != 0) : json();
  }
  const auto number = number_of(value);
  if (!number || *number < field.min || *number > field.max || *number != std::floor(*number)) return {};
  return static_cast<std::int64_t>(*number);
}

std::string values_of(const json& station, std::vector<std::string>& left_out) {
  json values = json::object();
  for (const auto& [name, value] : station.items()) {
    if (name == "station_id" || name == "last_reported" || value.is_null()) continue;
    const std::string wanted = contract_name(name);
    const ValueField* field = known_field(wanted);
    json converted = field == nullptr ? value : contract_value(*field, value);
    if (converted.is_null()) {
      left_out.push_back(wanted);
    } else {
      values[wanted] = std::move(converted);
    }
  }
  return text_of(values);
}

/// FNV-1a over the canonical text (nlohmann keeps keys sorted).
std::uint64_t fingerprint_of(const json& station) {
  std::uint64_t hash = 14'695'981'039'346'656'037ULL;
  for (const char c : text_of(station)) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211ULL;
  }
  return hash;
}

}  // namespace

Result<GbfsFeeds> parse_gbfs_feeds(std::string_view text, const std::string& language) {
  auto feed = parse_feed(text);
  if (!feed) return std::move(feed).error();
  const json* list = find_feeds(feed->document["data"], language);
  if (list == nullptr) {
    return Error{"gbfs.json names no feeds" + (language.empty() ? "" : " in language " + language), "check url and language"};
  }
  GbfsFeeds feeds;
  const json& document = feed->document;
  if (const auto version = document.find("version"); version != document.end() && version->is_string()) {
    feeds.version = version->get<std::string>();
  }
  for (const json& item : *list) {
    if (!item.is_object() || !item.value("name", json()).is_string() || !item.value("url", json()).is_string()) continue;
    feeds.urls[item["name"].get<std::string>()] = item["url"].get<std::string>();
  }
  for (const char* needed : {"station_information", "station_status"}) {
    if (!feeds.urls.contains(needed)) return Error{std::string("gbfs.json names no ") + needed, "a system with stations"};
  }
  return feeds;
}

Result<GbfsInformation> parse_gbfs_information(std::string_view text, const std::string& language) {
  auto feed = parse_feed(text);
  if (!feed) return std::move(feed).error();
  auto stations = stations_of(feed->document);
  if (!stations) return std::move(stations).error();
  GbfsInformation information{ttl_of(feed->document), {}};
  for (const json& station : **stations) {
    if (!station.is_object()) continue;
    auto id = id_of(station);
    if (!id) continue;
    json info = station;
    info.erase("station_id");
    info["kind"] = "bike";
    for (const char* name : {"name", "short_name"}) {
      if (info.contains(name)) info[name] = localized(info[name], language);
    }
    for (auto member = info.begin(); member != info.end();) {
      member = member->is_null() ? info.erase(member) : std::next(member);
    }
    information.stations.push_back({std::move(*id), text_of(info)});
  }
  return information;
}

Result<GbfsStatusFeed> parse_gbfs_status(std::string_view text) {
  auto feed = parse_feed(text);
  if (!feed) return std::move(feed).error();
  auto stations = stations_of(feed->document);
  if (!stations) return std::move(stations).error();
  GbfsStatusFeed out;
  out.ttl_s = ttl_of(feed->document);
  for (const json& station : feed->too_deep) out.refused.push_back(text_of(station));
  for (const json& station : **stations) {
    auto id = station.is_object() ? id_of(station) : std::nullopt;
    const auto reported = station.is_object() ? station.find("last_reported") : station.end();
    const bool has_time = id && reported != station.end() && !reported->is_null();
    const auto time = has_time ? time_of(*reported) : std::nullopt;
    if (!id || (has_time && !time)) {
      out.refused.push_back(text_of(station));
      continue;
    }
    GbfsStatus status{std::move(*id), time, {}, {}, fingerprint_of(station)};
    status.values = values_of(station, status.left_out);
    if (status.last_reported && status.last_reported->seconds() < kGbfsFirstSecond) status.last_reported.reset();
    out.stations.push_back(std::move(status));
  }
  return out;
}

}  // namespace wayside::edge
