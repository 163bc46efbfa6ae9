// Proves the cutting of CSV into rows against RFC 4180's rules, whatever the pieces its bytes come in.
#include "common/base/csv.h"

#include <gtest/gtest.h>

namespace wayside {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows split(std::string_view text, std::size_t piece) {
  Rows rows;
  CsvSplitter splitter([&rows](std::vector<std::string>& fields) { rows.push_back(fields); });
  for (std::size_t at = 0; at < text.size(); at += piece) splitter.feed(text.substr(at, piece));
  splitter.end();
  return rows;
}

TEST(CsvSplitter, takes_quotes_ends_of_line_and_a_byte_order_mark) {
  const std::string text = "\xEF\xBB\xBFid,name\r\n1,\"Dock, \"\"East\"\"\nSide\"\n\n2,\r\n,\"\"\n\"3\",x";
  const Rows expected{{"id", "name"}, {"1", "Dock, \"East\"\nSide"}, {"2", ""}, {"", ""}, {"3", "x"}};
  for (std::size_t piece = 1; piece <= text.size(); ++piece) EXPECT_EQ(split(text, piece), expected) << piece;
}

TEST(CsvSplitter, a_quote_in_the_middle_of_a_field_is_no_quote) {
  EXPECT_EQ(split("6\" pipe,\"a\"b\n", 100), (Rows{{"6\" pipe", "ab"}}));
}

TEST(CsvSplitter, a_quote_that_never_ends_costs_its_row_and_is_counted) {
  Rows rows;
  CsvSplitter splitter([&rows](std::vector<std::string>& fields) { rows.push_back(fields); });
  splitter.feed("\"" + std::string(CsvSplitter::kRowBytesMax, 'x') + "\n1,2\n");
  splitter.end();
  EXPECT_EQ(splitter.cut_rows(), 1U);
  ASSERT_FALSE(rows.empty());
  EXPECT_EQ(rows.back(), (std::vector<std::string>{"1", "2"}));
}

TEST(CsvHeader, finds_fields_by_name_without_blanks_around_them) {
  const CsvHeader header({"id", " name "});
  EXPECT_EQ(header.field({"7", " Quay "}, "name"), "Quay");
  EXPECT_EQ(header.field({"7"}, "name"), "");
  EXPECT_EQ(header.field({"7", "x"}, "lat"), "");
  EXPECT_FALSE(header.has("lat"));
}

}  // namespace
}  // namespace wayside
