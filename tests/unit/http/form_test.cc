// Proves the decoding of forms as devices send them, broken escapes included.
#include <gtest/gtest.h>

#include "common/http/server.h"

namespace wayside {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(Form, pairs_in_order) {
  EXPECT_EQ(parse_form("a=1&b=%20+x&a=2"), (Pairs{{"a", "1"}, {"b", "  x"}, {"a", "2"}}));
  EXPECT_EQ(parse_form(""), Pairs{});
  EXPECT_EQ(parse_form("&&a&=b&c=d=e&"), (Pairs{{"a", ""}, {"", "b"}, {"c", "d=e"}}));
  EXPECT_EQ(parse_form("dateutc=2026-11-20+08%3A11%3a33"), (Pairs{{"dateutc", "2026-11-20 08:11:33"}}));
}

TEST(Form, broken_escapes_stay) {
  EXPECT_EQ(percent_decode("100%"), "100%");
  EXPECT_EQ(percent_decode("%4"), "%4");
  EXPECT_EQ(percent_decode("%zz%41"), "%zzA");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("%00").size(), 1U);
}

TEST(Form, headers_are_found_in_any_case) {
  HttpRequest request;
  request.headers = {{"X-Pin", "1"}, {"x-pin", "2"}};
  EXPECT_EQ(request.header("X-PIN"), "1");
  EXPECT_EQ(request.header("X-Pi"), "");
}

}  // namespace
}  // namespace wayside
