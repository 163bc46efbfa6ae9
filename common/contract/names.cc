#include "common/contract/names.h"

#include <array>

namespace wayside {
namespace {

bool alphanumeric(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool hexadecimal(char c) { return (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9'); }
bool station_char(char c) { return alphanumeric(c) || c == '.' || c == '_' || c == ':' || c == '-'; }

bool all_of(std::string_view text, std::size_t max, std::string_view extra) {
  if (text.empty() || text.size() > max) return false;
  for (const char c : text) {
    if (!alphanumeric(c) && extra.find(c) == std::string_view::npos) return false;
  }
  return true;
}

}  // namespace

bool valid_station_id(std::string_view id) {
  if (id.empty() || id.size() > kStationIdBytesMax) return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    if (station_char(id[i])) continue;
    if (id[i] != '%' || i + 2 >= id.size() || !hexadecimal(id[i + 1]) || !hexadecimal(id[i + 2])) return false;
    i += 2;
  }
  return true;
}

std::string encode_station_id(std::string_view raw) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string id;
  for (const char c : raw) {
    if (station_char(c)) {
      id += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    id += '%';
    id += kDigits[byte >> 4];
    id += kDigits[byte & 15];
  }
  return id;
}

bool valid_agent_name(std::string_view name) { return all_of(name, 64, "._-"); }
bool valid_epoch(std::string_view epoch) { return all_of(epoch, 32, "_-"); }

TopicAddress parse_topic(std::string_view topic) {
  if (!topic.starts_with(kTopicRoot)) return {};
  topic.remove_prefix(kTopicRoot.size());
  std::array<std::string_view, 3> levels;
  std::size_t count = 0;
  for (;;) {
    if (count == levels.size()) return {};
    const std::size_t slash = topic.find('/');
    levels[count++] = topic.substr(0, slash);
    if (slash == std::string_view::npos) break;
    topic.remove_prefix(slash + 1);
  }
  if (!valid_agent_name(levels[0])) return {};
  if (count == 2) return levels[1] == "health" ? TopicAddress(HealthTopic{levels[0]}) : TopicAddress();
  if (count != 3 || !valid_station_id(levels[1])) return {};
  if (levels[2] == "info") return InfoTopic{levels[0], levels[1]};
  const auto stream = parse_stream(levels[2]);
  if (!stream) return {};
  return ReadingTopic{levels[0], levels[1], *stream};
}

std::string reading_topic(std::string_view agent, std::string_view station_id, Stream stream) {
  std::string topic(kTopicRoot);
  topic.append(agent).append("/").append(station_id).append("/").append(to_text(stream));
  return topic;
}
std::string info_topic(std::string_view agent, std::string_view station_id) {
  std::string topic(kTopicRoot);
  topic.append(agent).append("/").append(station_id).append("/info");
  return topic;
}
std::string health_topic(std::string_view agent) { return std::string(kTopicRoot).append(agent).append("/health"); }
std::string receipts_topic(std::string_view agent) { return std::string(kTopicRoot).append(agent).append("/receipts"); }

}  // namespace wayside
