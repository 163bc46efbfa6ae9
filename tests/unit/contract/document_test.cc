// Holds FORMAT.md against the code: its examples are taken, its list of reasons is the code's, its limits are the code's. (Tables
// and schemas are compared by wayside-contract-doc --check; the schemas are tried on the same messages by schema_test.py.)
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/contract/message.h"
#include "common/contract/message_fields.h"
#include "common/contract/receipt.h"

namespace wayside {
namespace {

using nlohmann::json;

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path << ": run in the source folder";
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Example {
  std::string kind;
  std::string text;
};

std::vector<Example> examples() {
  constexpr std::string_view kBegin = "<!-- example ";
  constexpr std::string_view kFence = "```json\n";
  const std::string document = read_file("common/contract/FORMAT.md");
  std::vector<Example> found;
  for (std::size_t at = 0; (at = document.find(kBegin, at)) != std::string::npos;) {
    at += kBegin.size();
    const std::size_t begin = document.find(kFence, at) + kFence.size();
    found.push_back(
        {document.substr(at, document.find(' ', at) - at), document.substr(begin, document.find("```", begin) - begin)});
  }
  return found;
}

/// Empty when the code takes the message, else the reason.
std::string refusal_of(const std::string& kind, const std::string& text) {
  const auto named = [](const std::optional<Refusal>& refusal) {
    return refusal ? std::string(to_text(refusal->reason)) : std::string();
  };
  if (kind == "reading") {
    ReadingParser parser;
    std::vector<ParsedReading> items;
    parser.parse(text, nullptr, items);
    for (const ParsedReading& item : items) {
      if (item.refusal) return named(item.refusal);
    }
    return "";
  }
  if (kind == "station-information") return named(check_station_info(text, json::parse(text).value("station_id", "72")));
  if (kind == "agent-health") return named(check_agent_health(text, json::parse(text).value("agent", "demo")));
  if (kind == "receipt") return parse_receipt(text) ? "" : "refused";
  if (kind == "dead-letter") return parse_dead_letter(text) ? "" : "refused";
  if (kind != "bridge-health") return "no such kind";
  json parsed;
  return named(parse_message(text, MessageKind::kBridgeHealth, parsed));
}

TEST(Document, every_example_is_taken_and_every_message_has_one) {
  const auto found = examples();
  for (const Example& example : found) EXPECT_EQ(refusal_of(example.kind, example.text), "") << example.text;
  for (const MessageKind kind : kAllMessageKinds) {
    EXPECT_TRUE(std::any_of(found.begin(), found.end(), [&](const Example& e) { return e.kind == to_text(kind); }))
        << to_text(kind);
  }
}

TEST(Document, bad_messages_are_refused_with_the_reason_they_name) {
  const json messages = json::parse(read_file("tests/unit/contract/bad_messages.json"));
  EXPECT_GT(messages.size(), 40U);
  for (const json& bad : messages) {
    const std::string why = refusal_of(bad["kind"], bad["message"].dump());
    EXPECT_EQ(why, bad.value("reason", "refused")) << bad.dump();
  }
}

TEST(Document, lists_the_reasons_of_the_code_and_no_others) {
  const std::string document = read_file("common/contract/FORMAT.md");
  const std::size_t begin = document.find("## Reasons");
  const std::string section = document.substr(begin, document.find("\n## ", begin + 4) - begin);
  std::size_t rows = 0;
  for (std::size_t at = 0; (at = section.find("\n| `", at)) != std::string::npos; ++rows) {
    at += 4;
    EXPECT_TRUE(parse_reason(section.substr(at, section.find('`', at) - at))) << section.substr(at, 40);
  }
  EXPECT_EQ(rows, kReasonCount);
}

TEST(Document, tables_know_the_words_of_the_code) {
  for (const MessageKind kind : kAllMessageKinds) {
    for (const MessageField& field : message_fields(kind)) {
      if (field.path == "reason") {
        ASSERT_EQ(field.choices.size(), kReasonCount);
        for (const auto word : field.choices) EXPECT_TRUE(parse_reason(word)) << word;
      }
      if (field.path == "clock") {
        for (const auto word : field.choices) EXPECT_TRUE(parse_clock_quality(word)) << word;
      }
      if (field.path == "stream" && kind == MessageKind::kReading) {
        ASSERT_EQ(field.choices.size(), kAllStreams.size());
        for (const auto word : field.choices) EXPECT_TRUE(parse_stream(word)) << word;
      }
    }
  }
}

TEST(Document, states_the_limits_of_the_code) {
  const std::string document = read_file("common/contract/FORMAT.md");
  static_assert(kReadingBytesMax == 16'384 && kMessageBytesMax == 262'144 && kNestingMax == 32 && kStationIdBytesMax == 64);
  for (const char* row :
       {"| reading | 16,384 bytes", "| message | 262,144 bytes", "| nesting | 32 levels", "| station id | 1 to 64"}) {
    EXPECT_NE(document.find(row), std::string::npos) << row;
  }
}

}  // namespace
}  // namespace wayside
