// Proves that splitting and joining a values object keeps every byte of names and values, and that sets of seqs come
// back from their bytes.
#include "central/json_fields.h"

#include <gtest/gtest.h>

#include "central/run_blob.h"
#include "central/shape_table.h"

namespace wayside::central {
namespace {

TEST(JsonFields, splits_nested_and_escaped_members) {
  const std::string object = R"({"a":1,"b\"}":[1,{"x":"],"}],"c":"d,e\\","e":{}})";
  std::vector<JsonField> fields;
  split_object(object, fields);
  ASSERT_EQ(fields.size(), 4U);
  EXPECT_EQ(fields[1].name, R"("b\"}")");
  EXPECT_EQ(fields[1].value, R"([1,{"x":"],"}])");
  EXPECT_EQ(fields[2].value, R"("d,e\\")");
  EXPECT_EQ(join_object(fields), object);
}

TEST(JsonFields, takes_blanks_and_the_empty_object) {
  std::vector<JsonField> fields;
  split_object(" { \"a\" : 1 , \"b\" : [ 2 ] } ", fields);
  EXPECT_EQ(join_object(fields), R"({"a":1,"b":[ 2 ]})");
  split_object("{}", fields);
  EXPECT_TRUE(fields.empty());
}

TEST(JsonFields, cells_and_names_make_the_object_again) {
  EXPECT_EQ(restore_values(R"("a","b,c")", R"(1,{"x":[1,2]})"), R"({"a":1,"b,c":{"x":[1,2]}})");
  EXPECT_EQ(restore_values("", ""), "{}");
  EXPECT_EQ(restore_values("", R"({"whole":1})"), R"({"whole":1})");
}

TEST(RunBlob, keeps_runs) {
  RangeSet set;
  for (const SeqRange range :
       {SeqRange{1, 16000}, SeqRange{16002, 16002}, SeqRange{9'000'000'000'000'000, 9'000'000'000'000'001}}) {
    set.insert(range);
  }
  EXPECT_EQ(decode_runs(encode_runs(set)), set);
  EXPECT_EQ(decode_runs(""), RangeSet());
  EXPECT_FALSE(decode_runs("\x81").has_value());
}

}  // namespace
}  // namespace wayside::central
