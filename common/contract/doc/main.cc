// wayside-contract-doc FOLDER [--check]: writes schema/*.json and the tables of FORMAT.md from the tables that the code
// checks with; with --check it only compares and exits 1 where a file differs.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/contract/doc/schema.h"

namespace wayside {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string words(std::span<const std::string_view> choices) {
  std::string text;
  for (const std::string_view choice : choices) text += (text.empty() ? "`" : ", `") + std::string(choice) + "`";
  return text;
}

/// "0 to 100000", "1 to 64 characters", "one of …".
std::string range_words(bool is_number, bool is_text, double min, double max, std::span<const std::string_view> choices) {
  if (!choices.empty()) return words(choices);
  if (is_number && max >= static_cast<double>(kSeqMax)) return fmt::format("{} to 2^53 - 1", min);
  if (is_number) return fmt::format("{} to {}", min, max);
  if (is_text && max < static_cast<double>(kMessageBytesMax)) return fmt::format("{} to {} characters", min, max);
  return "";
}

std::string type_word(FieldType type) {
  switch (type) {
    case FieldType::kInteger: return "whole number";
    case FieldType::kNumber: return "number";
    case FieldType::kBoolean: return "boolean";
    case FieldType::kText: return "text";
    case FieldType::kTime: return "time";
    case FieldType::kRanges: return "ranges";
    case FieldType::kObject: return "object";
  }
  return "";
}

std::string row(std::string_view name, const std::string& type, std::string_view unit, const std::string& range,
                std::string_view meaning) {
  return fmt::format("| `{}` | {} | {} | {} | {} |\n", name, type, unit, range, meaning);
}

constexpr const char* kHead = "| field | type | unit | range | meaning |\n|---|---|---|---|---|\n";

std::string values_table(Stream stream) {
  std::string table = kHead;
  for (const ValueField& field : value_fields(stream)) {
    const bool is_number = field.type == ValueType::kInteger || field.type == ValueType::kNumber;
    const std::string type = field.type == ValueType::kInteger   ? "whole number"
                             : field.type == ValueType::kNumber  ? "number"
                             : field.type == ValueType::kBoolean ? "boolean"
                                                                 : "text";
    table += row(field.name, type, field.unit,
                 range_words(is_number, field.type == ValueType::kText, field.min, field.max, field.choices), field.meaning);
  }
  if (stream == Stream::kLoss) table += row("ranges", "ranges", "", "", "the numbers that are lost");
  return table;
}

std::string message_table(MessageKind kind) {
  std::string table = kHead;
  for (const MessageField& field : message_fields(kind)) {
    const bool is_number = field.type == FieldType::kInteger || field.type == FieldType::kNumber;
    std::string type = type_word(field.type);
    if (field.need == Need::kRequired) type += ", required";
    if (field.need == Need::kNullable) type += " or null";
    // The reasons have a table of their own.
    const bool listed = field.choices.size() == kReasonCount;
    table +=
        row(field.path, type, field.unit,
            listed ? "a reason" : range_words(is_number, field.type == FieldType::kText, field.min, field.max, field.choices),
            field.meaning);
  }
  return table;
}

std::string topics_table() {
  std::string table = "| Kafka topic | stream | clean-up |\n|---|---|---|\n";
  for (const KafkaTopic& topic : kafka_topics()) {
    std::string stream;
    for (const Stream s : kAllStreams) {
      if (kafka_topic(s) == topic.name) stream = "`" + std::string(to_text(s)) + "`";
    }
    table += fmt::format("| `{}` | {} | {} |\n", topic.name, stream, topic.compacted ? "compact" : "time");
  }
  return table;
}

/// The text that belongs into the block `name` of FORMAT.md, or nothing for an unknown block.
std::optional<std::string> block(std::string_view name) {
  if (name == "topics") return topics_table();
  for (const MessageKind kind : kAllMessageKinds) {
    if (name == to_text(kind)) return message_table(kind);
  }
  for (const Stream stream : kAllStreams) {
    if (name == std::string("values-").append(to_text(stream))) return values_table(stream);
  }
  return std::nullopt;
}

std::size_t block_count() { return 1 + kAllMessageKinds.size() + kAllStreams.size(); }

/// FORMAT.md with what stands between `<!-- table NAME -->` and `<!-- end -->` written anew.
std::optional<std::string> with_tables(const std::string& text) {
  constexpr std::string_view kBegin = "<!-- table ";
  constexpr std::string_view kEnd = "<!-- end -->";
  std::string out;
  std::size_t at = 0;
  std::size_t found = 0;
  for (std::size_t begin; (begin = text.find(kBegin, at)) != std::string::npos; ++found) {
    const std::size_t name_at = begin + kBegin.size();
    const std::size_t line_end = text.find('\n', begin);
    const std::size_t end = text.find(kEnd, begin);
    const auto table = block(std::string_view(text).substr(name_at, text.find(' ', name_at) - name_at));
    if (!table || end == std::string::npos) return std::nullopt;
    out += text.substr(at, line_end + 1 - at) + *table;
    at = end;
  }
  if (found != block_count()) return std::nullopt;
  return out + text.substr(at);
}

/// Writes or compares; true when the file is as it should be.
bool settle(const fs::path& path, const std::string& text, bool check) {
  if (!check) {
    std::ofstream(path) << text;
    return true;
  }
  if (read_file(path) == text) return true;
  std::fprintf(stderr, "%s: differs from the code\nTry: wayside-contract-doc common/contract\n", path.c_str());
  return false;
}

int run(const fs::path& folder, bool check) {
  bool good = true;
  std::size_t files = 0;
  const auto schema = [&](std::string_view name, const nlohmann::ordered_json& json) {
    good = settle(folder / "schema" / (std::string(name) + ".json"), json.dump(2) + "\n", check) && good;
    ++files;
  };
  for (const MessageKind kind : kAllMessageKinds) schema(to_text(kind), message_schema(kind));
  nlohmann::ordered_json loss = {{"$schema", message_schema(MessageKind::kReading)["$schema"]}, {"$id", "urn:wayside:v1:loss"}};
  loss.update(values_schema(Stream::kLoss));
  schema("loss", loss);
  for (const auto& entry : fs::directory_iterator(folder / "schema")) {
    static_cast<void>(entry);
    --files;
  }
  if (files != 0) {
    std::fprintf(stderr, "%s: holds files that the code does not know\n", (folder / "schema").c_str());
    good = false;
  }
  const auto format = with_tables(read_file(folder / "FORMAT.md"));
  if (!format) {
    std::fprintf(stderr, "FORMAT.md: a table is missing, unknown, or has no end\n");
    return 1;
  }
  good = settle(folder / "FORMAT.md", *format, check) && good;
  return good ? 0 : 1;
}

}  // namespace
}  // namespace wayside

int main(int argc, char** argv) {
  const bool check = argc == 3 && std::string_view(argv[2]) == "--check";
  if (argc != 2 && !check) {
    std::fprintf(stderr, "usage: wayside-contract-doc FOLDER [--check]\n");
    return 2;
  }
  return wayside::run(argv[1], check);
}
