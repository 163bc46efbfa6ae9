// Proves that bad settings stop the agent with field, reason, value and hint, and that the example file loads.
#include <gtest/gtest.h>

#include "edge/agent_settings.h"
#include "edge/driver.h"

namespace wayside::edge {
namespace {

constexpr const char* kGood = R"(
agent = "north-1"
[[source]]
name = "city"
driver = "gbfs"
url = "https://example.org/gbfs.json"
)";

Error refused(const std::string& toml, const std::vector<std::string>& overrides = {}) {
  AgentSettings settings;
  const Status status = load_settings(settings, toml, overrides);
  EXPECT_FALSE(status.ok()) << toml;
  return status.ok() ? Error{} : status.error();
}

TEST(AgentSettings, take_a_minimal_file) {
  AgentSettings settings;
  const Status status = load_settings(settings, kGood, {"mqtt.port=1884"});
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(settings.mqtt.port, 1884);
  ASSERT_EQ(settings.sources.size(), 1U);
  EXPECT_EQ(settings.sources[0]->driver, "gbfs");
}

TEST(AgentSettings, name_field_value_and_what_to_try) {
  struct Case {
    const char* override_text;
    const char* field;
    const char* value;
  };
  for (const Case& bad :
       {Case{"agent=\"a b\"", "agent", "a b"}, Case{"mqtt.port=70000", "mqtt.port", "70000"},
        Case{"mqtt.window=0", "mqtt.window", "0"}, Case{"clock=\"sundial\"", "clock", "sundial"},
        Case{"outbox.max_mb=0", "outbox.max_mb", "0"}, Case{"source.0.driver=\"modem\"", "driver", "modem"},
        Case{"source.0.url=\"ftp://x\"", "url", "ftp://x"}, Case{"source.0.url=\"http://\"", "url", "http://"},
        Case{"source.0.url=\"https:///gbfs.json\"", "url", "https:///gbfs.json"}, Case{"mqtt.prot=1", "mqtt.prot", ""},
        Case{"mqtt.ca_file=/nowhere/ca.pem", "mqtt.ca_file", "/nowhere/ca.pem"},
        Case{"mqtt.ca_file=/etc", "mqtt.ca_file", "/etc"},
        Case{"source.0.ca_file=/nowhere/ca.pem", "ca_file", "/nowhere/ca.pem"}}) {
    const Error error = refused(kGood, {bad.override_text});
    EXPECT_NE(error.message.find(bad.field), std::string::npos) << error.message;
    EXPECT_NE(error.message.find(bad.value), std::string::npos) << error.message;
    EXPECT_FALSE(error.hint.empty()) << error.message;
  }
}

TEST(AgentSettings, need_a_name_and_a_source) {
  EXPECT_NE(refused("[[source]]\nname=\"a\"\ndriver=\"gbfs\"\nurl=\"http://x\"").message.find("agent"), std::string::npos);
  EXPECT_NE(refused("agent=\"a\"").message.find("source"), std::string::npos);
}

TEST(AgentSettings, refuse_two_sources_of_one_name) {
  const std::string source = "[[source]]\nname=\"a\"\ndriver=\"gbfs\"\nurl=\"http://x\"\n";
  const Error error = refused("agent=\"a\"\n" + source + source);
  EXPECT_NE(error.message.find("two have the name a"), std::string::npos) << error.message;
}

TEST(AgentSettings, refuse_one_station_in_two_sources) {
  const auto mast = [](const std::string& name, const std::string& station) {
    return "[[source]]\nname=\"" + name + "\"\ndriver=\"serial_lines\"\nport=\"/dev/ttyS0\"\nlat=1.0\nlon=2.0\nstation_id=\"" +
           station + "\"\n";
  };
  const Error error = refused("agent=\"a\"\n" + mast("one", "mast-1") + mast("two", "mast-1"));
  EXPECT_NE(error.message.find("station_id: is in the sources one and two (got mast-1)"), std::string::npos) << error.message;
  EXPECT_FALSE(error.hint.empty());
  AgentSettings settings;
  const Status status = load_settings(settings, "agent=\"a\"\n" + mast("one", "mast-1") + mast("two", "mast-2"), {});
  EXPECT_TRUE(status.ok()) << status.error().message;
}

TEST(AgentSettings, the_example_file_names_every_driver_and_parses) {
  AgentSettings settings;
  const std::string example = example_settings(settings);
  for (const std::string& driver : driver_names()) EXPECT_NE(example.find(driver), std::string::npos) << driver;
  AgentSettings loaded;
  const Status status = load_settings(loaded, example, {});
  // What has no default is commented out: only that may be missing.
  if (!status.ok()) {
    EXPECT_NE(status.error().message.find("agent"), std::string::npos) << status.error().message;
  }
}

}  // namespace
}  // namespace wayside::edge
