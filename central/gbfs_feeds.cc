#include "central/gbfs_feeds.h"

#include <algorithm>
#include <array>

#include "central/json_text.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

/// The schemas of 2.3 take no time before GBFS itself began.
constexpr std::int64_t kFirstTimeS = 1'450'155'600;
constexpr std::string_view kBike = "bike";
constexpr std::string_view kEbike = "ebike";

bool matches(std::string_view text, bool (*takes)(char), std::size_t min, std::size_t max) {
  return text.size() >= min && text.size() <= max && std::all_of(text.begin(), text.end(), takes);
}

bool is_language(std::string_view text) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const std::size_t dash = std::min(text.find('-'), text.size());
  if (!matches(text.substr(0, dash), lower, 2, 3)) return false;
  return dash == text.size() || matches(text.substr(dash + 1), upper, 2, 2);
}

}  // namespace

void GbfsSettings::describe(SettingsVisitor& visitor) {
  visitor.text("system_id", system_id, "Identifier of the system, the same for ever.");
  visitor.text("name", name, "Name of the system for people.");
  visitor.text("language", language, "Language of names, such as en or fr-CA.");
  visitor.text("timezone", timezone, "IANA time zone of the system, such as Europe/Paris.");
  visitor.text("feed_contact_email", feed_contact_email,
               "Address for those who use the feeds. GBFS 3.0 demands one: without it only 2.3 is served.");
  visitor.text("opening_hours", opening_hours, "When bikes can be had, in OpenStreetMap's form (GBFS 3.0).");
  visitor.text("public_url", public_url,
               "What the world calls this server, such as https://bikes.example.org; empty: as each request calls it.");
  visitor.integer("ttl_s", ttl_s, {0, 86'400}, "After how long clients may ask again.");
  visitor.integer(
      "ebike_range_m", ebike_range_m, {0, 1'000'000},
      "How far a full battery takes the electric bikes. Above 0 vehicle types are published and num_ebikes_available counts "
      "as electric; leave 0 where stations do not report it.");
}

Status GbfsSettings::validate() const {
  if (system_id.empty()) return Error{"system_id: is empty", "a short name, such as bike_share_paris"};
  if (!is_language(language)) return Error{"language: is none (got " + language + ")", "en, or fr-CA"};
  const auto zone = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' || c == '-' ||
           c == '+';
  };
  if (!matches(timezone, zone, 1, 64)) return Error{"timezone: is none (got " + timezone + ")", "Europe/Paris"};
  if (!feed_contact_email.empty() && feed_contact_email.find('@') == std::string::npos) {
    return Error{"feed_contact_email: is no address (got " + feed_contact_email + ")", "feeds@example.org"};
  }
  const bool url = public_url.starts_with("http://") || public_url.starts_with("https://");
  if (!public_url.empty() && (!url || public_url.back() == '/')) {
    return Error{"public_url: is no scheme and host (got " + public_url + ")", "https://bikes.example.org"};
  }
  return {};
}

/// Writes one file.
class GbfsFeeds::Writer {
 public:
  Writer(const GbfsFeeds& feeds, GbfsVersion version, const std::string& base_url, UtcTime now)
      : feeds_(feeds), settings_(feeds.settings_), version_(version), base_url_(base_url), now_(now) {}

  std::optional<std::string> write(std::string_view name) {
    struct File {
      std::string_view name;
      void (Writer::*data)();
      bool in(GbfsVersion version, bool types) const {
        if (name == "manifest.json") return version == GbfsVersion::k30;
        return types || name != "vehicle_types.json";
      }
    };
    static constexpr std::array<File, 7> kFiles{{{"gbfs.json", &Writer::discovery},
                                                 {"gbfs_versions.json", &Writer::versions},
                                                 {"manifest.json", &Writer::manifest},
                                                 {"system_information.json", &Writer::system},
                                                 {"station_information.json", &Writer::information},
                                                 {"station_status.json", &Writer::status},
                                                 {"vehicle_types.json", &Writer::vehicle_types}}};
    const auto* const file = std::find_if(kFiles.begin(), kFiles.end(), [name](const File& each) { return each.name == name; });
    if (file == kFiles.end() || !file->in(version_, types())) return std::nullopt;
    out_ = "{";
    key("last_updated");
    time(now_);
    key("ttl");
    append_integer(out_, settings_.ttl_s);
    text("version", new_form() ? "3.0" : "2.3");
    key("data");
    out_ += '{';
    (this->*file->data)();
    out_ += "}}\n";
    return std::move(out_);
  }

 private:
  bool new_form() const { return version_ == GbfsVersion::k30; }
  bool types() const { return settings_.ebike_range_m > 0; }

  void key(std::string_view name) { append_key(out_, name); }
  void text(std::string_view name, std::string_view value) {
    key(name);
    append_json_string(out_, value);
  }
  void flag(std::string_view name, bool value) {
    key(name);
    out_ += value ? "true" : "false";
  }
  void time(UtcTime value) { new_form() ? append_time(out_, value) : append_integer(out_, value.seconds()); }
  /// A text for people, in 3.0 with its language.
  void words(std::string_view name, std::string_view value) {
    if (!new_form()) return text(name, value);
    key(name);
    out_ += "[{";
    text("text", value);
    text("language", settings_.language);
    out_ += "}]";
  }
  void feed(std::string_view name) {
    append_comma(out_);
    out_ += '{';
    text("name", name);
    text("url", url(new_form() ? "3.0" : "2.3", name));
    out_ += '}';
  }
  std::string url(std::string_view version, std::string_view name) const {
    return base_url_ + "/gbfs/" + std::string(version) + "/" + std::string(name) + ".json";
  }

  void discovery() {
    if (!new_form()) {
      key(settings_.language);
      out_ += '{';
    }
    key("feeds");
    out_ += '[';
    for (const std::string_view name : {"gbfs_versions", "system_information", "station_information", "station_status"})
      feed(name);
    if (types()) feed("vehicle_types");
    out_ += ']';
    if (!new_form()) out_ += '}';
  }

  void version_list() {
    key("versions");
    out_ += '[';
    for (const auto& [version, name] : {std::pair(GbfsVersion::k23, "2.3"), std::pair(GbfsVersion::k30, "3.0")}) {
      if (!feeds_.serves(version)) continue;
      append_comma(out_);
      out_ += '{';
      text("version", name);
      text("url", url(name, "gbfs"));
      out_ += '}';
    }
    out_ += ']';
  }
  void versions() { version_list(); }

  void manifest() {
    key("datasets");
    out_ += "[{";
    text("system_id", settings_.system_id);
    version_list();
    out_ += "}]";
  }

  void system() {
    text("system_id", settings_.system_id);
    if (new_form()) {
      key("languages");
      out_ += '[';
      append_json_string(out_, settings_.language);
      out_ += ']';
      text("opening_hours", settings_.opening_hours);
    } else {
      text("language", settings_.language);
    }
    words("name", settings_.name);
    if (!settings_.feed_contact_email.empty()) text("feed_contact_email", settings_.feed_contact_email);
    text("timezone", settings_.timezone);
  }

  /// A station is in both files or in none: one of which no count is known yet would need an invented one.
  template <class Write>
  void stations(Write write) {
    key("stations");
    out_ += '[';
    for (const auto& [id, station] : feeds_.board_.stations()) {
      const BoardStream* bikes = station->stream(Stream::kBikeStatus);
      if (bikes == nullptr || station->info == nullptr || !station->info->lat || station->kind() != "bike") continue;
      if (!bikes->values.observed_at || bikes->values.observed_at->seconds() < kFirstTimeS) continue;
      if (!bikes->values.integer("num_bikes_available")) continue;
      append_comma(out_);
      out_ += '{';
      text("station_id", id);
      write(*station, *bikes);
      out_ += '}';
    }
    out_ += ']';
  }

  void information() {
    stations([this](const BoardStation& station, const BoardStream&) {
      const StationInfo& info = *station.info;
      words("name", info.name.empty() ? station.id : info.name);
      key("lat");
      append_number(out_, *info.lat);
      key("lon");
      append_number(out_, *info.lon);
      if (!info.address.empty()) text("address", info.address);
      if (!info.capacity) return;
      key("capacity");
      append_integer(out_, *info.capacity);
    });
  }

  void status() {
    stations([this](const BoardStation&, const BoardStream& bikes) {
      const StreamState& values = bikes.values;
      const auto count = [&](std::string_view name, std::string_view from) {
        const auto value = values.integer(from);
        if (!value) return;
        key(name);
        append_integer(out_, *value);
      };
      count(new_form() ? "num_vehicles_available" : "num_bikes_available", "num_bikes_available");
      if (types()) type_counts(values);
      count(new_form() ? "num_vehicles_disabled" : "num_bikes_disabled", "num_bikes_disabled");
      count("num_docks_available", "num_docks_available");
      count("num_docks_disabled", "num_docks_disabled");
      // A station that is not heard of promises nobody a bike or a dock; what it said last, and when, stands beside it.
      const bool heard = bikes.state != StationState::kSilent && bikes.state != StationState::kBadClock;
      flag("is_installed", values.flag("is_installed").value_or(true));
      flag("is_renting", heard && values.flag("is_renting").value_or(true));
      flag("is_returning", heard && values.flag("is_returning").value_or(true));
      key("last_reported");
      time(*values.observed_at);
    });
  }

  void type_counts(const StreamState& values) {
    const std::int64_t all = *values.integer("num_bikes_available");
    const std::int64_t electric = std::clamp<std::int64_t>(values.integer("num_ebikes_available").value_or(0), 0, all);
    key("vehicle_types_available");
    out_ += '[';
    for (const auto& [type, count] : {std::pair(kBike, all - electric), std::pair(kEbike, electric)}) {
      append_comma(out_);
      out_ += '{';
      text("vehicle_type_id", type);
      key("count");
      append_integer(out_, count);
      out_ += '}';
    }
    out_ += ']';
  }

  void vehicle_types() {
    key("vehicle_types");
    out_ += "[{";
    text("vehicle_type_id", kBike);
    text("form_factor", "bicycle");
    text("propulsion_type", "human");
    words("name", "Bicycle");
    out_ += "},{";
    text("vehicle_type_id", kEbike);
    text("form_factor", "bicycle");
    text("propulsion_type", "electric_assist");
    words("name", "Electric bicycle");
    key("max_range_meters");
    append_integer(out_, settings_.ebike_range_m);
    out_ += "}]";
  }

  const GbfsFeeds& feeds_;
  const GbfsSettings& settings_;
  GbfsVersion version_;
  const std::string& base_url_;
  UtcTime now_;
  std::string out_;
};

std::optional<std::string> GbfsFeeds::file(GbfsVersion version, std::string_view name, const std::string& base_url,
                                           UtcTime now) const {
  return Writer(*this, version, settings_.public_url.empty() ? base_url : settings_.public_url, now).write(name);
}

}  // namespace wayside::central
