// Proves base64 against the vectors of RFC 4648, and that secrets are masked in every dress they are sent in.
#include <gtest/gtest.h>

#include "common/contract/message.h"
#include "tests/unit/seeded.h"

namespace wayside {
namespace {

TEST(Base64, known_vectors) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(encode_base64(plain), coded);
    EXPECT_EQ(decode_base64(coded), plain);
  }
  EXPECT_EQ(encode_base64("\xff\xfe\xfd"), "//79");
}

TEST(Base64, bad_texts_are_refused) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg==Zg==", "=AAA", "Z===", "Zm9\n", "Zm 9", "Zg=A", "-_-_"}) {
    EXPECT_FALSE(decode_base64(text)) << text;
  }
}

TEST(MaskSecrets, in_forms_and_queries) {
  EXPECT_EQ(mask_secrets("ID=KX&PASSWORD=hunter2&tempf=70"), "ID=KX&PASSWORD=***&tempf=70");
  EXPECT_EQ(mask_secrets("PASSKEY=ABC"), "PASSKEY=***");
  EXPECT_EQ(mask_secrets("passkey=abc&PassWord=Def&x=1"), "passkey=***&PassWord=***&x=1");
  EXPECT_EQ(mask_secrets("PASSWORD=my secret&x=1"), "PASSWORD=***&x=1");
  EXPECT_EQ(mask_secrets("GET /u?ID=K&PASSWORD=a HTTP/1.1\r\nHost: h"), "GET /u?ID=K&PASSWORD=*** HTTP/1.1\r\nHost: h");
  EXPECT_EQ(mask_secrets("access_token=abc&x=1"), "access_token=***&x=1");
  EXPECT_EQ(mask_secrets("PASSWORD=&x=1"), "PASSWORD=&x=1");
}

TEST(MaskSecrets, in_json) {
  EXPECT_EQ(mask_secrets(R"({"PASSKEY":"x","tempf":70})"), R"({"PASSKEY":"***","tempf":70})");
  EXPECT_EQ(mask_secrets(R"({"password" : "a\"b\\","t":1})"), R"({"password" : "***","t":1})");
  EXPECT_EQ(mask_secrets("{\"password\"\n:\n\"x\"}"), "{\"password\"\n:\n\"***\"}");
  EXPECT_EQ(mask_secrets(R"({"token":12345,"t":1})"), R"({"token":***,"t":1})");
  EXPECT_EQ(mask_secrets(R"({"token":["a","b]"],"t":1})"), R"({"token":***,"t":1})");
  EXPECT_EQ(mask_secrets(R"({"client_secret":"s"})"), R"({"client_secret":"***"})");
  EXPECT_EQ(mask_secrets(R"({'password': 'x', 't': 1})"), R"({'password': '***', 't': 1})");
  EXPECT_EQ(mask_secrets(R"("{\"password\":\"x\",\"t\":1}")"), R"("{\"password\":\"***\",\"t\":1}")");
  EXPECT_EQ(mask_secrets(R"({"password":"unfinished)"), R"({"password":"***)");
}

TEST(MaskSecrets, in_headers_and_cookies) {
  EXPECT_EQ(mask_secrets("Authorization: Basic eDp5\r\nHost: h"), "Authorization: ***\r\nHost: h");
  EXPECT_EQ(mask_secrets("AUTHORIZATION: Digest username=\"u\", response=\"r\"\nX: 1"), "AUTHORIZATION: ***\nX: 1");
  EXPECT_EQ(mask_secrets("Set-Cookie: sid=1; token=2\r\nX: 1"), "Set-Cookie: ***\r\nX: 1");
  EXPECT_EQ(mask_secrets("X-Api-Key: abc"), "X-Api-Key: ***");
}

TEST(MaskSecrets, under_names_that_are_written_otherwise) {
  EXPECT_EQ(mask_secrets("/u.php?ID=X&%50ASSWORD=geheim2&tempf=70"), "/u.php?ID=X&%50ASSWORD=***&tempf=70");
  EXPECT_EQ(mask_secrets("ID=X&PASS%57ORD=geheim2"), "ID=X&PASS%57ORD=***");
  EXPECT_EQ(mask_secrets(R"({"p\u0061ssword":"x","t":1})"), R"({"p\u0061ssword":"***","t":1})");
  EXPECT_EQ(mask_secrets(R"("{\"p\\u0061ssword\":\"x\"}")"), R"("{\"p\\u0061ssword\":\"***\"}")");
}

TEST(MaskSecrets, under_short_names) {
  EXPECT_EQ(mask_secrets("ID=X&pass=a&key=b&auth=c&psk=d&x=1"), "ID=X&pass=***&key=***&auth=***&psk=***&x=1");
  EXPECT_EQ(mask_secrets(R"({"wifi_psk":"x","Key":"y"})"), R"({"wifi_psk":"***","Key":"***"})");
  EXPECT_EQ(mask_secrets("X-Auth: abc\r\nHost: h"), "X-Auth: ***\r\nHost: h");
}

TEST(MaskSecrets, in_urls) {
  EXPECT_EQ(mask_secrets("to mqtt://u:pw@h:1883/x"), "to mqtt://u:***@h:1883/x");
  EXPECT_EQ(mask_secrets(R"({"url":"mqtt:\/\/u:p:w@h"})"), R"({"url":"mqtt:\/\/u:***@h"})");
  EXPECT_EQ(mask_secrets("url=mqtt%3A%2F%2Fu%3Apw%40h&x=1"), "url=mqtt%3A%2F%2Fu%3A***%40h&x=1");
}

TEST(MaskSecrets, leaves_other_text_alone) {
  for (const char* text : {"", "monkey=3&compass=north", R"({"key":{"timestamp":1},"value":{}})", "http://h:80/x?mail=a@b",
                           "100%&x=%zz\\u00", "http://user@host/", "turkey: 4", "tempf=70&humidity=50", "the password is wrong",
                           R"({"tokens":5,"name":"Secret Garden"})", "\xff\x00"}) {
    EXPECT_EQ(mask_secrets(text), text);
  }
}

TEST(MaskSecrets, a_secret_never_survives_random_surroundings) {
  test::Seeded random;
  for (int round = 0; round < 2000; ++round) {
    const std::string before = random.text("ab=&:\"{},' \r\n\\[]", 0, 12);
    const std::string after = random.text("ab=&:\"{},' \r\n\\[]", 0, 12);
    for (const auto* form : {"PASSWORD=", "\"PASSKEY\":\"", "Authorization: "}) {
      const std::string masked = mask_secrets(before + ";" + form + "hunter2" + after);
      EXPECT_EQ(masked.find("hunter2"), std::string::npos) << before << ";" << form << "hunter2" << after;
    }
  }
}

}  // namespace
}  // namespace wayside
