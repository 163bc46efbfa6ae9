#include "common/contract/receipt.h"

#include <nlohmann/json.hpp>

#include "common/contract/names.h"
#include "common/contract/reading.h"

namespace wayside {
namespace {

using nlohmann::json;

/// Builds texts of limited size: a text is closed when the next station would not fit.
class ReceiptWriter {
 public:
  ReceiptWriter(const Receipt& receipt, std::size_t bytes_max) : receipt_(receipt), bytes_max_(bytes_max) {}

  std::vector<std::string> write() {
    open();
    section("stations", receipt_.stations);
    section("refused", receipt_.refused);
    close();
    return std::move(texts_);
  }

 private:
  void open() {
    text_ = "{";
    if (!receipt_.epoch.empty()) {
      text_ += "\"epoch\":";
      append_json_string(text_, receipt_.epoch);
    }
    if (receipt_.backlog_per_s) comma().append("\"backlog_per_s\":").append(std::to_string(*receipt_.backlog_per_s));
    if (receipt_.now) comma().append("\"now\":\"").append(format_rfc3339(*receipt_.now)).append("\"");
  }

  void close() {
    text_ += '}';
    texts_.push_back(std::move(text_));
  }

  void section(const char* name, const std::map<std::string, RangeSet, std::less<>>& stations) {
    bool in_section = false;
    for (const auto& [station, ranges] : stations) {
      std::string entry;
      append_json_string(entry, station);
      entry += ":[";
      for (const SeqRange& range : ranges.runs()) {
        if (entry.back() == ']') entry += ',';
        entry.append("[").append(std::to_string(range.first)).append(",").append(std::to_string(range.last)).append("]");
      }
      entry += ']';
      if (in_section && text_.size() + entry.size() > bytes_max_) {
        text_ += '}';
        close();
        open();
        in_section = false;
      }
      if (in_section) {
        text_ += ',';
      } else {
        comma().append("\"").append(name).append("\":{");
        in_section = true;
      }
      text_ += entry;
    }
    if (in_section) text_ += '}';
  }

  std::string& comma() {
    if (text_.back() != '{') text_ += ',';
    return text_;
  }

  const Receipt& receipt_;
  std::size_t bytes_max_;
  std::string text_;
  std::vector<std::string> texts_;
};

bool read_ranges(const json& object, const char* name, std::map<std::string, RangeSet, std::less<>>& out) {
  const auto found = object.find(name);
  if (found == object.end()) return true;
  if (!found->is_object()) return false;
  for (const auto& [station, pairs] : found->items()) {
    if (!valid_station_id(station) || !pairs.is_array()) return false;
    RangeSet& ranges = out[station];
    for (const json& pair : pairs) {
      if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number_unsigned() || !pair[1].is_number_unsigned()) return false;
      const SeqRange range{pair[0].get<std::uint64_t>(), pair[1].get<std::uint64_t>()};
      if (range.first == 0 || range.first > range.last || range.last > kSeqMax) return false;
      ranges.insert(range);
    }
  }
  return true;
}

}  // namespace

std::vector<std::string> encode_receipt(const Receipt& receipt, std::size_t bytes_max) {
  return ReceiptWriter(receipt, bytes_max).write();
}

Result<Receipt> parse_receipt(std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return Error{"receipt: not a JSON object", ""};
  Receipt receipt;
  if (const auto epoch = object.find("epoch"); epoch != object.end()) {
    if (!epoch->is_string() || !valid_epoch(epoch->get_ref<const std::string&>())) return Error{"receipt: bad epoch", ""};
    receipt.epoch = epoch->get<std::string>();
  }
  if (!read_ranges(object, "stations", receipt.stations) || !read_ranges(object, "refused", receipt.refused)) {
    return Error{"receipt: bad ranges", ""};
  }
  if (receipt.has_ranges() && receipt.epoch.empty()) return Error{"receipt: ranges without epoch", ""};
  if (const auto rate = object.find("backlog_per_s"); rate != object.end()) {
    if (!rate->is_number_unsigned() || rate->get<std::uint64_t>() == 0) return Error{"receipt: bad backlog_per_s", ""};
    receipt.backlog_per_s = static_cast<std::uint32_t>(std::min<std::uint64_t>(rate->get<std::uint64_t>(), 1'000'000));
  }
  if (const auto now = object.find("now"); now != object.end()) {
    if (now->is_string()) receipt.now = parse_rfc3339(now->get_ref<const std::string&>());
    if (!receipt.now) return Error{"receipt: bad now", ""};
  }
  return receipt;
}

}  // namespace wayside
