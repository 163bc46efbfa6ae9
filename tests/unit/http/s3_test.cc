// What can be said of stores without one: addresses, and what may be shown of them. tests/integration has a real store.
#include "common/http/s3.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace wayside {
namespace {

std::string url(const char* address, const char* endpoint, const char* region = "us-east-1") {
  S3Account account;
  account.endpoint = endpoint;
  account.region = region;
  return s3_url(*S3Place::parse(address), account);
}

TEST(S3Place, becomes_the_address_that_its_store_wants) {
  EXPECT_EQ(url("s3://tripdata/2021/JC.csv", ""), "https://tripdata.s3.us-east-1.amazonaws.com/2021/JC.csv");
  EXPECT_EQ(url("s3://trip.data/JC.csv", "", "eu-west-1"), "https://s3.eu-west-1.amazonaws.com/trip.data/JC.csv");
  EXPECT_EQ(url("s3://tripdata/JC.csv", "http://127.0.0.1:9000"), "http://127.0.0.1:9000/tripdata/JC.csv");
}

TEST(S3Place, encodes_what_a_signature_wants_encoded) {
  EXPECT_EQ(url("s3://bucket/date=1/a b+c?#%/\xc3\xa4~-._", "http://h"),
            "http://h/bucket/date%3D1/a%20b%2Bc%3F%23%25/%C3%A4~-._");
}

TEST(S3Place, needs_a_bucket_and_may_be_one) {
  EXPECT_EQ(S3Place::parse("s3://bucket")->key, "");
  EXPECT_EQ(S3Place::parse("s3://bucket/a/b")->key, "a/b");
  for (const char* bad : {"s3://", "s3:///key", "s3://no", "s3://buc ket/key", "s3://user@host/key", "https://bucket/key"})
    EXPECT_FALSE(S3Place::parse(bad).ok()) << bad;
}

TEST(ShownAddress, has_neither_password_nor_query) {
  EXPECT_EQ(shown_address("https://me:secret@host:1/a/b@c?X-Amz-Signature=1#x"), "https://host:1/a/b@c");
  EXPECT_EQ(shown_address("https://host"), "https://host");
  EXPECT_EQ(shown_address("https://me:p@ss@host"), "https://host");
}

TEST(S3Account, is_read_as_the_tools_of_amazon_do) {
  for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION",
                           "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"})
    ::unsetenv(name);
  EXPECT_FALSE(S3Account::from_environment().signs());
  EXPECT_EQ(S3Account::from_environment().region, "us-east-1");
  ::setenv("AWS_ACCESS_KEY_ID", "id", 1);
  ::setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
  ::setenv("AWS_DEFAULT_REGION", "eu-west-1", 1);
  ::setenv("AWS_ENDPOINT_URL", "http://host/", 1);
  const S3Account account = S3Account::from_environment();
  EXPECT_TRUE(account.signs());
  EXPECT_EQ(account.region, "eu-west-1");
  EXPECT_EQ(account.endpoint, "http://host");
}

}  // namespace
}  // namespace wayside
