// Proves that settings are taken only when each is known, of its type and in bounds, that the error says what to do, that the
// example file loads, and that secrets come from file or environment and never come out.
#include "common/base/settings.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace wayside {
namespace {

struct Device : SettingsGroup {
  std::string key;
  double lat = std::nan("");

  void describe(SettingsVisitor& visitor) override {
    visitor.text("key", key, "The key.", Presence::kRequired);
    visitor.real("lat", lat, {-90, 90}, "Latitude.", Presence::kRequired);
  }
};

struct Source : SettingsGroup {
  std::string name;
  std::vector<std::unique_ptr<Device>> devices;

  void describe(SettingsVisitor& visitor) override {
    visitor.text("name", name, "The name.", Presence::kRequired);
    visitor.list_of("device", devices, "One per device.");
  }
};

struct Mqtt : SettingsGroup {
  std::string host = "127.0.0.1";
  std::int64_t port = 1883;
  Secret password;

  void describe(SettingsVisitor& visitor) override {
    visitor.text("host", host, "Host \"quoted\".");
    visitor.integer("port", port, {1, 65535}, "Port.");
    visitor.secret("password", password, "WAYSIDE_TEST_PASSWORD", "The password's file.");
  }
  Status validate() const override {
    if (host == "nowhere") return Error{"host: is nowhere", "somewhere"};
    return {};
  }
};

struct Settings : SettingsGroup {
  std::string agent = "demo";
  std::string clock = "auto";
  double rate = 0.5;
  bool fast = false;
  std::vector<std::string> tags{"a", "b\"c"};
  Mqtt mqtt;
  std::vector<std::unique_ptr<Source>> sources;

  void describe(SettingsVisitor& visitor) override {
    visitor.text("agent", agent, "Name.");
    visitor.choice("clock", clock, {"auto", "trust"}, "Clock.");
    visitor.real("rate", rate, {0, 10}, "Rate.");
    visitor.boolean("fast", fast, "Fast.");
    visitor.texts("tags", tags, "Tags.");
    visitor.group("mqtt", mqtt, "The broker.");
    visitor.list_of("source", sources, "One per source.");
  }
};

class SettingsTest : public testing::Test {
 protected:
  SettingsTest() { unsetenv("WAYSIDE_TEST_PASSWORD"); }
  ~SettingsTest() override { unsetenv("WAYSIDE_TEST_PASSWORD"); }

  /// The error's message, or "" when the settings load.
  std::string load(std::string_view toml, const std::vector<std::string>& overrides = {}) {
    settings_ = std::make_unique<Settings>();
    const Status status = load_settings(*settings_, toml, overrides);
    hint_ = status.ok() ? "" : status.error().hint;
    return status.ok() ? "" : status.error().message;
  }

  std::string secret_file(const std::string& content) {
    std::string path = testing::TempDir() + "wayside_secret_" + std::to_string(getpid());
    std::ofstream(path) << content;
    return path;
  }

  std::unique_ptr<Settings> settings_;
  std::string hint_;
};

TEST_F(SettingsTest, are_read_with_defaults_for_the_rest) {
  EXPECT_EQ(load("agent = \"x\"\nrate = 3\n[mqtt]\nport = 1884\n[[source]]\nname = \"a\"\n[[source]]\nname = \"b\"\n"
                 "[[source.device]]\nkey = \"k\"\nlat = 48.1\n"),
            "");
  EXPECT_EQ(settings_->agent, "x");
  EXPECT_EQ(settings_->rate, 3.0);
  EXPECT_EQ(settings_->clock, "auto");
  EXPECT_EQ(settings_->mqtt.port, 1884);
  ASSERT_EQ(settings_->sources.size(), 2U);
  ASSERT_EQ(settings_->sources[1]->devices.size(), 1U);
  EXPECT_EQ(settings_->sources[1]->devices[0]->lat, 48.1);
}

TEST_F(SettingsTest, unknown_keys_are_refused_with_a_suggestion) {
  EXPECT_EQ(load("[mqtt]\nprot = 1"), "mqtt.prot: is not a setting (got 1)");
  EXPECT_NE(hint_.find("did you mean mqtt.port?"), std::string::npos) << hint_;
  EXPECT_EQ(load("something_quite_else = 1"), "something_quite_else: is not a setting (got 1)");
  EXPECT_EQ(hint_, "see --example-settings");
}

TEST_F(SettingsTest, wrong_types_and_bounds_are_named_with_the_value) {
  EXPECT_EQ(load("agent = 5"), "agent: must be a text (got 5)");
  EXPECT_EQ(load("[mqtt]\nport = \"x\""), "mqtt.port: must be a whole number (got \"x\")");
  EXPECT_EQ(load("[mqtt]\nport = 1.5"), "mqtt.port: must be a whole number (got 1.5)");
  EXPECT_EQ(load("[mqtt]\nport = 0"), "mqtt.port: is out of bounds (got 0)");
  EXPECT_EQ(hint_, "a whole number from 1 to 65535");
  EXPECT_EQ(load("[mqtt]\nport = 65536"), "mqtt.port: is out of bounds (got 65536)");
  EXPECT_EQ(load("rate = 10.5"), "rate: is out of bounds (got 10.5)");
  EXPECT_EQ(load("rate = nan"), "rate: must be a number (got nan)");
  EXPECT_EQ(load("rate = true"), "rate: must be a number (got true)");
  EXPECT_EQ(load("fast = 1"), "fast: must be true or false (got 1)");
  EXPECT_EQ(load("tags = [1]"), "tags: must be a list of texts (got 1)");
  EXPECT_EQ(load("clock = \"sun\""), "clock: is not one of the choices (got \"sun\")");
  EXPECT_EQ(hint_, "one of auto, trust");
  EXPECT_EQ(load("mqtt = 5"), "mqtt: must be a table (got 5)");
  EXPECT_EQ(load("source = 5"), "source: must be a list of tables (got 5)");
  EXPECT_EQ(load("[[source]]\n"), "source.0.name: is missing");
  EXPECT_EQ(load("[[source]]\nname = \"\""), "source.0.name: must not be empty (got \"\")");
  EXPECT_EQ(load("[[source]]\nname = \"a\"\n[[source.device]]\nkey = \"k\""), "source.0.device.0.lat: is missing");
  EXPECT_EQ(load("[mqtt]\nhost = \"nowhere\""), "mqtt.host: is nowhere");
  EXPECT_EQ(load("a = = b").substr(0, 7), "line 1:");
}

TEST_F(SettingsTest, overrides_reach_every_place) {
  EXPECT_EQ(load("[[source]]\nname = \"a\"",
                 {"mqtt.port=1884", "agent=word", "source.0.name=x", "tags=[\"q\"]", "clock=\"trust\"", "rate=2"}),
            "");
  EXPECT_EQ(settings_->mqtt.port, 1884);
  EXPECT_EQ(settings_->agent, "word");
  EXPECT_EQ(settings_->sources[0]->name, "x");
  EXPECT_EQ(settings_->tags, std::vector<std::string>{"q"});
  EXPECT_EQ(settings_->clock, "trust");
}

TEST_F(SettingsTest, overrides_that_lead_nowhere_are_refused) {
  EXPECT_EQ(load("", {"mqtt.port"}), "--set mqtt.port: is not of the form name=value");
  EXPECT_EQ(load("", {"=5"}), "--set =5: is not of the form name=value");
  EXPECT_EQ(load("[[source]]\nname = \"a\"", {"source.1.name=x"}), "--set source.1.name: there is no such place");
  EXPECT_EQ(load("[[source]]\nname = \"a\"", {"source.x.name=x"}), "--set source.x.name: there is no such place");
  EXPECT_EQ(load("", {"agent.x=5"}), "agent: must be a text (got a table)");
  EXPECT_EQ(load("agent = \"a\"", {"agent.x=5"}), "--set agent.x: there is no such place");
  EXPECT_EQ(load("", {"mqtt.prot=5"}), "mqtt.prot: is not a setting (got 5)");
}

TEST_F(SettingsTest, secrets_come_from_a_file_or_the_environment) {
  const std::string path = secret_file("hunter2\r\nsecond line\n");
  EXPECT_EQ(load("[mqtt]\npassword_file = \"" + path + "\""), "");
  EXPECT_EQ(settings_->mqtt.password.reveal(), "hunter2");
  setenv("WAYSIDE_TEST_PASSWORD", "from_env", 1);
  EXPECT_EQ(load("[mqtt]\npassword_file = \"" + path + "\""), "");
  EXPECT_EQ(settings_->mqtt.password.reveal(), "from_env");
  setenv("WAYSIDE_TEST_PASSWORD", "", 1);
  EXPECT_EQ(load("[mqtt]\npassword_file = \"" + path + "\""), "");
  EXPECT_EQ(settings_->mqtt.password.reveal(), "hunter2");
  std::filesystem::remove(path);
  EXPECT_EQ(load("[mqtt]\npassword_file = \"" + path + "\""), "mqtt.password_file: cannot be read (got " + path + ")");
}

TEST_F(SettingsTest, secrets_never_come_out) {
  setenv("WAYSIDE_TEST_PASSWORD", "hunter2", 1);
  EXPECT_EQ(load("agent = \"http://user:hunter2@host/x?key=hunter2\""), "");
  const std::string printed = print_settings(*settings_);
  EXPECT_EQ(printed.find("hunter2"), std::string::npos) << printed;
  EXPECT_NE(printed.find("mqtt.password=[secret]"), std::string::npos) << printed;
  EXPECT_NE(printed.find("http://user:[secret]@host/x?[secret]"), std::string::npos) << printed;
  EXPECT_EQ(example_settings(*settings_).find("mqtt.password = "), std::string::npos);
  for (const auto& message : {load("[mqtt]\npassword = \"hunter2\""), load("wifi_password = \"hunter2\""),
                              load("agent = \"a\"", {"agent.password=hunter2"}), load("", {"mqtt.password=hunter2"})}) {
    EXPECT_NE(message, "");
    EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
  }
  load("[mqtt]\npassword = \"x\"");
  EXPECT_EQ(hint_, "write it into a file and name that in mqtt.password_file, or set WAYSIDE_TEST_PASSWORD");
}

TEST_F(SettingsTest, example_loads_as_it_is_and_uncommented) {
  Settings defaults;
  const std::string example = example_settings(defaults);
  EXPECT_EQ(load(example), "") << example;
  EXPECT_TRUE(settings_->sources.empty());

  // Taking the '#' of each setting away, and giving the required ones a value.
  std::string all;
  for (std::size_t at = 0; at < example.size();) {
    const std::size_t end = example.find('\n', at);
    std::string line = example.substr(at, end - at);
    at = end + 1;
    if (line.starts_with('#') && !line.starts_with("# ")) line.erase(0, 1);
    if (line == "name = \"\"" || line == "key = \"\"") line.insert(line.size() - 1, "x");
    all += line + "\n";
  }
  EXPECT_EQ(load(all), "") << all;
  EXPECT_EQ(settings_->tags, defaults.tags);
  EXPECT_EQ(settings_->rate, 0.5);
  ASSERT_EQ(settings_->sources.size(), 1U);
  ASSERT_EQ(settings_->sources[0]->devices.size(), 1U);
  for (const char* part : {"# Port. (1 to 65535)\n#port = 1883\n", "(one of auto trust)",
                           "environment variable WAYSIDE_TEST_PASSWORD", "#[[source.device]]"}) {
    EXPECT_NE(example.find(part), std::string::npos) << part << "\n" << example;
  }
}

}  // namespace
}  // namespace wayside
