#pragma once

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "common/http/server.h"
#include "edge/drivers/weather_upload.h"

namespace wayside::edge {

using ExpectedValue = std::variant<double, bool, std::string>;

/// Holds a values object against values worked out by hand: all of them, and no others. Numbers to 4 decimals.
inline void expect_values(const std::string& json, const std::map<std::string, ExpectedValue>& expected) {
  SCOPED_TRACE(json);
  const auto object = nlohmann::json::parse(json);
  EXPECT_EQ(object.size(), expected.size());
  for (const auto& [name, value] : expected) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(object.contains(name));
    if (const double* number = std::get_if<double>(&value)) {
      EXPECT_NEAR(object[name].get<double>(), *number, 0.6e-4);
    } else if (const bool* flag = std::get_if<bool>(&value)) {
      EXPECT_EQ(object[name].get<bool>(), *flag);
    } else {
      EXPECT_EQ(object[name].get<std::string>(), std::get<std::string>(value));
    }
  }
}

/// A decoded upload must be good and have these values and this rain total ("" and 0: none).
template <class Decoded>
void expect_upload(const Decoded& decoded, const std::map<std::string, ExpectedValue>& values, const std::string& counter = "",
                   double rain_mm = 0) {
  const auto* refusal = std::get_if<FrameRefusal>(&decoded);
  ASSERT_EQ(refusal, nullptr) << to_text(refusal->reason) << ": " << refusal->detail;
  const auto& upload = std::get<WeatherUpload>(decoded);
  expect_values(upload.fields.json(), values);
  ASSERT_EQ(upload.rain.has_value(), !counter.empty());
  if (!upload.rain) return;
  EXPECT_EQ(upload.rain->counter, counter);
  EXPECT_NEAR(upload.rain->mm, rain_mm, 0.6e-4);
}

template <class Decoded>
void expect_refused(const Decoded& decoded, FrameReason reason) {
  const auto* refusal = std::get_if<FrameRefusal>(&decoded);
  ASSERT_NE(refusal, nullptr);
  EXPECT_EQ(to_text(refusal->reason), to_text(reason));
}

inline UploadForm form(std::string_view text) { return UploadForm(parse_form(text)); }

}  // namespace wayside::edge
