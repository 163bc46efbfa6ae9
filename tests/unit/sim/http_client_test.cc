// Proves how the small client reads answers: whole by Content-Length, by the end of the connection, and not at all.

#include "firmware-sim/http_client.h"

#include <gtest/gtest.h>

namespace wayside::sim {
namespace {

TEST(HttpClient, waits_for_the_announced_body) {
  HttpReply reply;
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\ncontent-length: 8\r\n\r\n";
  EXPECT_FALSE(parse_reply(head + "succ", false, reply));
  ASSERT_TRUE(parse_reply(head + "success\n", false, reply));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "success\n");
}

TEST(HttpClient, takes_a_body_until_the_connection_ends) {
  HttpReply reply;
  const std::string bytes = "HTTP/1.0 429 Too Many Requests\r\n\r\nlater";
  EXPECT_FALSE(parse_reply(bytes, false, reply));
  ASSERT_TRUE(parse_reply(bytes, true, reply));
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(reply.body, "later");
}

TEST(HttpClient, does_not_take_other_bytes_for_an_answer) {
  HttpReply reply;
  EXPECT_FALSE(parse_reply("SSH-2.0-x\r\n\r\n", true, reply));
  EXPECT_FALSE(parse_reply("", true, reply));
}

TEST(HttpClient, reads_targets) {
  const auto target = parse_target("http://127.0.0.1:8085/x");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->authority(), "127.0.0.1:8085");
  EXPECT_EQ(parse_target("http://host")->port, "80");
  for (const char* url : {"https://h:1", "127.0.0.1:1", "http://:1", "http://h:x"}) EXPECT_FALSE(parse_target(url).ok()) << url;
}

}  // namespace
}  // namespace wayside::sim
