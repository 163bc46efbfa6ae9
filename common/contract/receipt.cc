#include "common/contract/receipt.h"

#include <nlohmann/json.hpp>

#include "common/contract/message_fields.h"
#include "common/contract/names.h"
#include "common/contract/reading.h"

namespace wayside {
namespace {

using nlohmann::json;

using StationRanges = std::map<std::string, RangeSet, std::less<>>;

/// Builds texts of limited size: a text is closed when the next station, or the next run of a long one, would not fit.
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
  static constexpr std::size_t kAround = 20;  // `,"stations":{` in front and `]}}` behind

  void open() {
    text_ = "{";
    if (!receipt_.epoch.empty()) {
      text_ += "\"epoch\":";
      append_json_string(text_, receipt_.epoch);
    }
    if (receipt_.backlog_per_s) comma().append("\"backlog_per_s\":").append(std::to_string(*receipt_.backlog_per_s));
    if (receipt_.now) comma().append("\"now\":\"").append(format_rfc3339(*receipt_.now)).append("\"");
    head_size_ = text_.size();
  }

  void close() {
    end_section();
    text_ += '}';
    texts_.push_back(std::move(text_));
  }

  void section(std::string_view name, const StationRanges& stations) {
    for (const auto& [station, ranges] : stations) {
      std::string head;
      append_json_string(head, station);
      head += ":[";
      std::string entry = head;
      for (const SeqRange& range : ranges.runs()) {
        const std::string pair = "[" + std::to_string(range.first) + "," + std::to_string(range.last) + "]";
        if (entry.size() > head.size() && head_size_ + entry.size() + 1 + pair.size() + kAround > bytes_max_) {
          add(name, entry);
          entry = head;
        }
        if (entry.size() > head.size()) entry += ',';
        entry += pair;
      }
      add(name, entry);
    }
    end_section();
  }

  void add(std::string_view name, const std::string& entry) {
    if (text_.size() > head_size_ && text_.size() + entry.size() + kAround > bytes_max_) {
      close();
      open();
    }
    if (in_section_) {
      text_ += ',';
    } else {
      comma().append("\"").append(name).append("\":{");
      in_section_ = true;
    }
    text_.append(entry).append("]");
  }

  void end_section() {
    if (in_section_) text_ += '}';
    in_section_ = false;
  }

  std::string& comma() {
    if (text_.back() != '{') text_ += ',';
    return text_;
  }

  const Receipt& receipt_;
  std::size_t bytes_max_;
  std::size_t head_size_ = 0;
  bool in_section_ = false;
  std::string text_;
  std::vector<std::string> texts_;
};

/// The checks have been made: pairs of numbers in range.
bool read_ranges(const json& object, const char* name, StationRanges& out) {
  const auto found = object.find(name);
  if (found == object.end()) return true;
  for (const auto& [station, pairs] : found->items()) {
    if (!valid_station_id(station)) return false;
    RangeSet& ranges = out[station];
    for (const json& pair : pairs) ranges.insert(SeqRange{pair[0].get<std::uint64_t>(), pair[1].get<std::uint64_t>()});
  }
  return true;
}

}  // namespace

std::vector<std::string> encode_receipt(const Receipt& receipt, std::size_t bytes_max) {
  return ReceiptWriter(receipt, bytes_max).write();
}

Result<Receipt> parse_receipt(std::string_view text) {
  json object;
  if (auto refusal = parse_message(text, MessageKind::kReceipt, object)) return Error{"receipt: " + refusal->detail, ""};
  Receipt receipt;
  if (const auto epoch = object.find("epoch"); epoch != object.end()) {
    receipt.epoch = epoch->get<std::string>();
    if (!valid_epoch(receipt.epoch)) return Error{"receipt: bad epoch", ""};
  } else if (object.contains("stations") || object.contains("refused")) {
    return Error{"receipt: ranges without epoch", ""};
  }
  if (!read_ranges(object, "stations", receipt.stations) || !read_ranges(object, "refused", receipt.refused)) {
    return Error{"receipt: bad station id", ""};
  }
  if (const auto rate = object.find("backlog_per_s"); rate != object.end()) receipt.backlog_per_s = rate->get<std::uint32_t>();
  if (const auto now = object.find("now"); now != object.end()) receipt.now = parse_rfc3339(now->get_ref<const std::string&>());
  return receipt;
}

}  // namespace wayside
