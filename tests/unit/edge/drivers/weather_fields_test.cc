// Proves that values are converted by the definitions of their units, that the contract's ranges are kept value by value,
// and that what devices send for "no value" is no value.
#include "edge/drivers/weather_fields.h"

#include <gtest/gtest.h>

#include "tests/unit/edge/drivers/expect_values.h"

namespace wayside::edge {
namespace {

TEST(WeatherFields, converts_by_definition) {
  EXPECT_DOUBLE_EQ(celsius_from_fahrenheit(212), 100);
  EXPECT_DOUBLE_EQ(celsius_from_fahrenheit(-40), -40);
  EXPECT_NEAR(hpa_from_inch_hg(29.92), 1013.2076, 1e-4);  // 29.92 * 33.86389
  EXPECT_DOUBLE_EQ(hpa_from_pascal(100613.25), 1006.1325);
  EXPECT_DOUBLE_EQ(m_s_from_mph(1), 0.44704);  // 1609.344 m / 3600 s
  EXPECT_DOUBLE_EQ(m_s_from_km_h(36), 10);
  EXPECT_NEAR(m_s_from_knots(1), 0.514444, 1e-6);  // 1852 m / 3600 s
  EXPECT_DOUBLE_EQ(mm_from_inch(1), 25.4);
}

TEST(WeatherFields, reads_numbers_as_devices_write_them) {
  EXPECT_EQ(parse_number("045"), 45);
  EXPECT_EQ(parse_number(" +4.5 "), 4.5);
  EXPECT_EQ(parse_number("-0.1"), -0.1);
  for (const char* text : {"", "abc", "1.2.3", "4,5", "nan", "inf", "1e999", "0x10", "5 6"}) {
    EXPECT_FALSE(parse_number(text)) << text;
  }
}

TEST(WeatherFields, knows_the_words_for_no_value) {
  for (const char* text : {"", " ", "-9999", "-9999.0", "--", "null"}) EXPECT_TRUE(means_absent(text)) << text;
  for (const char* text : {"0", "-999", "9999", "abc"}) EXPECT_FALSE(means_absent(text)) << text;
}

TEST(WeatherFields, drops_a_value_out_of_range_and_keeps_the_others) {
  WeatherFields fields;
  fields.read_number("relative_humidity_pct", "255");
  fields.read_number("air_temperature_C", "21.5");
  fields.read_number("wind_speed_m_s", "fast");
  fields.read_number("wind_from_direction_deg", "-9999");
  expect_values(fields.json(), {{"air_temperature_C", 21.5}});
  ASSERT_EQ(fields.dropped().size(), 2U);
  EXPECT_EQ(fields.dropped()[0].field, "relative_humidity_pct");
  EXPECT_EQ(fields.dropped()[0].fault, ValueFault::kOutOfRange);
  EXPECT_EQ(fields.dropped()[1].field, "wind_speed_m_s");
  EXPECT_EQ(fields.dropped()[1].fault, ValueFault::kNotANumber);
}

TEST(WeatherFields, takes_only_the_contracts_conditions) {
  WeatherFields fields;
  fields.set_text("weather_condition", "hail of frogs");
  EXPECT_FALSE(fields.has_measurement());
  fields.set_text("weather_condition", "partly_cloudy");
  expect_values(fields.json(), {{"weather_condition", "partly_cloudy"}});
}

TEST(WeatherFields, does_not_take_a_battery_or_a_counter_id_for_weather) {
  WeatherFields fields;
  fields.set_flag("battery_low", true);
  fields.set_text("counter_id", "yearlyrainin/20260104");
  EXPECT_FALSE(fields.has_measurement());
  fields.set_number("precipitation_total_mm", 0);
  EXPECT_TRUE(fields.has_measurement());
}

TEST(WeatherFields, keeps_the_last_of_two_values) {
  WeatherFields fields;
  fields.set_number("air_temperature_C", 1);
  fields.set_number("air_temperature_C", 2);
  WeatherFields later;
  later.set_number("air_temperature_C", 3);
  fields.merge(later);
  EXPECT_EQ(fields.json(), R"({"air_temperature_C":3.0})");
}

}  // namespace
}  // namespace wayside::edge
