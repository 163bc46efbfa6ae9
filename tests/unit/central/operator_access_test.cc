// Proves who may change something over HTTP: only this machine's own programs and pages.
#include "central/operator_access.h"

#include <gtest/gtest.h>

namespace wayside::central {
namespace {

HttpRequest request(HttpHeaders headers, const std::string& remote = "127.0.0.1") {
  HttpRequest request;
  request.method = "POST";
  request.remote = remote;
  request.headers = std::move(headers);
  return request;
}

const HttpHeaders kCurl{{"Host", "localhost:8080"}, {"X-Wayside-Operator", "1"}};

HttpHeaders with(HttpHeaders headers, const std::string& name, const std::string& value) {
  std::erase_if(headers, [&](const auto& header) { return header.first == name; });
  headers.emplace_back(name, value);
  return headers;
}

TEST(OperatorAccess, passes_this_machine_with_the_header) {
  EXPECT_FALSE(refuse_operator(request(kCurl), true));
  for (const char* host : {"127.0.0.1:8080", "[::1]:8080", "localhost"})
    EXPECT_FALSE(refuse_operator(request(with(kCurl, "Host", host)), true)) << host;
  EXPECT_FALSE(refuse_operator(request(kCurl, "::1"), true));
  EXPECT_FALSE(refuse_operator(request(kCurl, "::ffff:127.0.0.1"), true));
  EXPECT_FALSE(refuse_operator(request(with(kCurl, "Origin", "http://localhost:8080")), true));
}

TEST(OperatorAccess, refuses_everybody_else) {
  EXPECT_TRUE(refuse_operator(request(kCurl), false));
  EXPECT_TRUE(refuse_operator(request(kCurl, "192.168.1.9"), true));
  EXPECT_TRUE(refuse_operator(request(kCurl, ""), true));
  EXPECT_TRUE(refuse_operator(request({{"Host", "localhost:8080"}}), true));
  for (const char* host : {"evil.example", "127.0.0.1.evil.example:8080", "localhost.evil.example", ""})
    EXPECT_TRUE(refuse_operator(request(with(kCurl, "Host", host)), true)) << host;
  for (const char* name : {"X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"})
    EXPECT_TRUE(refuse_operator(request(with(kCurl, name, "9.9.9.9")), true)) << name;
  for (const char* origin : {"http://evil.example", "null", "http://localhost:9999"})
    EXPECT_TRUE(refuse_operator(request(with(kCurl, "Origin", origin)), true)) << origin;
  EXPECT_TRUE(refuse_operator(request(with(kCurl, "Sec-Fetch-Site", "cross-site")), true));
}

}  // namespace
}  // namespace wayside::central
