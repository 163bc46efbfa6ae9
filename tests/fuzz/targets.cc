// The decoders of the agent's drivers. To add one: good inputs as hardware writes them, words of its format, a call; and where there
// is a checksum, a `mend`.
#include "tests/fuzz/targets.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "common/base/result.h"
#include "common/http/server.h"
#include "edge/drivers/davis_loop.h"
#include "edge/drivers/exec_line.h"
#include "edge/drivers/gbfs_decoder.h"
#include "edge/drivers/gpio_event.h"
#include "edge/drivers/iio_channels.h"
#include "edge/drivers/modbus_registers.h"
#include "edge/drivers/mqtt_message.h"
#include "edge/drivers/nmea_sentence.h"
#include "edge/drivers/nmea_weather.h"
#include "edge/drivers/omni_frame.h"
#include "edge/drivers/rtl_433_line.h"
#include "edge/drivers/weather_chaney.h"
#include "edge/drivers/weather_ecowitt.h"
#include "edge/drivers/weather_oregon.h"
#include "edge/drivers/weather_sensor_community.h"
#include "edge/drivers/weather_wunderground.h"

namespace wayside::fuzz {
namespace {

using namespace wayside::edge;

/// Values must be a JSON object with every number inside the contract's range of its field.
void check_values(const std::string& values) {
  const auto json = nlohmann::json::parse(values, nullptr, false);
  WAYSIDE_CHECK(json.is_object());
  for (const ValueField& field : value_fields(Stream::kWeather)) {
    const auto found = json.find(std::string(field.name));
    if (found == json.end() || !found->is_number()) continue;
    // WeatherFields rounds to 4 decimals after it has looked.
    WAYSIDE_CHECK(found->get<double>() >= field.min - 1e-4 && found->get<double>() <= field.max + 1e-4);
  }
}

void check_upload(const DecodedUpload& decoded) {
  if (const auto* upload = std::get_if<WeatherUpload>(&decoded)) check_values(upload->fields.json());
}

using FormDecoder = DecodedUpload (*)(const UploadForm&);
std::function<void(std::string_view)> form_target(FormDecoder decode) {
  return [decode](std::string_view input) { check_upload(decode(UploadForm(parse_form(input)))); };
}

void run_nmea(std::string_view input) {
  const auto parsed = parse_nmea(input, true);
  const auto* sentence = std::get_if<NmeaSentence>(&parsed);
  if (sentence == nullptr) return;
  const auto decoded = decode_nmea_weather(*sentence, {true, 12.5});
  if (const auto* values = std::get_if<NmeaValues>(&decoded)) check_values(values->fields.json());
}

std::string mend_nmea(std::string line) {
  line = line.substr(0, line.find('*'));
  unsigned sum = 0;
  for (std::size_t i = 1; i < line.size(); ++i) sum ^= static_cast<unsigned char>(line[i]);
  char text[8];
  std::snprintf(text, sizeof text, "*%02X", sum);
  return line + text;
}

void run_exec(std::string_view input) {
  const auto decoded = decode_exec_line(input);
  const auto* reading = std::get_if<ExecReading>(&decoded);
  if (reading != nullptr) WAYSIDE_CHECK(nlohmann::json::parse(reading->values, nullptr, false).is_object());
}

void run_rtl_433(std::string_view input) {
  const auto decoded = decode_rtl_433(input);
  if (const auto* message = std::get_if<RtlMessage>(&decoded)) check_values(message->fields.json());
}

/// Several events behind each other, as a socket would bring them.
void run_gpio(std::string_view input) {
  GpioEventReader reader({4, 17});
  for (; !input.empty(); input.remove_prefix(std::min(input.size(), kGpioEventBytes))) {
    const auto read = reader.read(input.substr(0, kGpioEventBytes));
    if (const auto* event = std::get_if<GpioEventReader::Read>(&read))
      WAYSIDE_CHECK(event->event.offset == 4 || event->event.offset == 17);
  }
}

std::string gpio_event(std::uint32_t id, std::uint32_t offset, std::uint32_t line_seqno) {
  std::string bytes(kGpioEventBytes, '\0');
  std::memcpy(bytes.data() + 8, &id, sizeof id);
  std::memcpy(bytes.data() + 12, &offset, sizeof offset);
  std::memcpy(bytes.data() + 20, &line_seqno, sizeof line_seqno);
  return bytes;
}

/// The registers are the input's bytes; the first byte chooses the map.
void run_modbus(std::string_view input) {
  if (input.empty()) return;
  const auto& maps = shipped_modbus_maps();
  const auto map = shipped_modbus_map(maps[1 + static_cast<unsigned char>(input[0]) % (maps.size() - 1)]);
  ModbusRegisters registers;
  std::size_t at = 1;
  for (const ModbusSpan& span : plan_requests(*map)) {
    for (std::uint16_t i = 0; i < span.count && at + 1 < input.size(); ++i, at += 2) {
      const auto high = static_cast<unsigned char>(input[at]);
      const auto low = static_cast<unsigned char>(input[at + 1]);
      registers[{span.table, static_cast<std::uint16_t>(span.address + i)}] = static_cast<std::uint16_t>(high << 8U | low);
    }
  }
  check_values(decode_registers(*map, registers).fields.json());
}

/// `name=value` or `name raw scale offset`, of the drivers that differ.
void run_iio(std::string_view input) {
  const std::size_t equals = std::min(input.find('='), input.size());
  const std::string text(input.substr(std::min(equals + 1, input.size())));
  for (const char* driver : {"bme280", "bme680"}) {
    for (const auto& [channel, field] : iio_fields()) {
      const auto decoded = decode_iio(driver, {channel, text, "", "1", "0"});
      const auto* value = std::get_if<IioValue>(&decoded);
      if (value == nullptr) continue;
      WeatherFields fields;
      fields.set_number(value->field, value->value);
      WAYSIDE_CHECK(fields.dropped().empty());
    }
  }
}

void run_davis(std::string_view input) {
  const auto decoded = decode_davis_loop(input, 0.2);
  if (const auto* loop = std::get_if<DavisLoop>(&decoded)) check_values(loop->fields.json());
}

std::string mend_davis(std::string packet) {
  packet.resize(kDavisLoopBytes);
  packet.replace(0, 3, "LOO");
  packet.replace(95, 2, "\n\r");
  const std::uint16_t crc = davis_crc(std::string_view(packet).substr(0, 97));
  packet[97] = static_cast<char>(crc >> 8U);
  packet[98] = static_cast<char>(crc & 0xFFU);
  return packet;
}

void run_omni(std::string_view input) {
  OmniSplitter splitter;
  splitter.feed(input, [](std::string_view frame) {
    WAYSIDE_CHECK(frame.size() <= 257);
    const auto decoded = decode_omni(frame);
    if (const auto* read = std::get_if<OmniFrame>(&decoded))
      WAYSIDE_CHECK(read->imei.size() == 15 && read->command.size() == 2);
  });
}

/// Pointer, line feed, message.
void run_mqtt(std::string_view input) {
  const std::size_t end = std::min(input.find('\n'), input.size());
  const std::string pointer(input.substr(0, end));
  const std::string_view payload = input.substr(std::min(end + 1, input.size()));
  const auto match = parse_match(pointer);
  if (!match && !valid_pointer(pointer)) return;
  const auto decoded = decode_mqtt_message(payload, {{"air_temperature_C", match ? match->pointer : pointer, 1, 0}},
                                           match ? std::vector<MqttInMatch>{*match} : std::vector<MqttInMatch>{});
  if (const auto* weather = std::get_if<MqttInWeather>(&decoded)) check_values(weather->fields.json());
}

void run_gbfs(std::string_view input) {
  static_cast<void>(parse_gbfs_feeds(input, "en").ok());
  static_cast<void>(parse_gbfs_information(input, "en").ok());
  static_cast<void>(parse_gbfs_status(input).ok());
}

}  // namespace

const std::vector<Target>& targets() {
  static const std::vector<Target> kTargets{
      {"exec",
       {R"({"station_id":"roof","stream":"weather","observed_at":"2026-11-20T08:11:33Z","values":{"air_temperature_C":7.5}})"},
       {"\"values\":{}", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "null", "\\u0000", "\"stream\":"},
       run_exec},
      {"rtl_433",
       {R"({"time":"@0.2s","model":"Wind-7","id":191,"channel":"A","battery_ok":1,"temperature_C":11.8,"humidity":78,"wind_avg_km_h":1.1,"rain_mm":22.2})",
        R"({"model":"x","wind_speed":2.0,"rain_in":0.66,"battery":"OK","temperature_F":71.1,"light_klx":3})"},
       {"\"model\":", "\"id\":", "null", "1e400", "\"rain_mm\":"},
       run_rtl_433},
      {"gpio", {gpio_event(1, 17, 1) + gpio_event(2, 17, 2), gpio_event(1, 4, 9)}, {}, run_gpio},
      {"modbus",
       {std::string("\0\x06\xe7\x00\x0d\x02\x96\x00\x3c\x00\x00\x00\x00\x00\x96\x00\x00\x27\x1a", 19), std::string(48, '\x01')},
       {"\xff\xff", "\x7f\xc0"},
       run_modbus},
      {"iio", {"in_temp_input=21450\n", "in_pressure_input=100.309824\n", "x=46.333007812"}, {"e", ".", "-", "\n"}, run_iio},
      {"davis",
       {mend_davis(std::string(99, '\xff')), mend_davis(std::string(99, '\0'))},
       {"LOO", "\xff\x7f"},
       run_davis,
       mend_davis},
      {"omni",
       {"*CMDR,OM,863725031194523,230615103045,H0,1,380,24#\n",
        "*CMDR,OM,863725031194523,000000000000,Q0,412#\n*CMDR,OM,863725031194523,230615103045,W0,2#"},
       {"*CMDR,OM,", "#", "*", ",L1", ",L0,0", "863725031194523"},
       run_omni},
      {"mqtt_in",
       {"/AHT/Temperature\n{\"AHT\":{\"Temperature\":24.7,\"Humidity\":null}}", "\n21.5", "/id=118\n{\"id\":118}",
        "/a/0/~1b\n{\"a\":[{\"/b\":\"7\"}]}"},
       {"/-", "/0", "~0", "{\"", "null"},
       run_mqtt},
      {"nmea",
       {"$WIMWV,270.5,R,0.2,N,A*21", "$WIMDA,29.5654,I,1.0012,B,20.7,C,,,54.2,,11.1,C,,,,,,,,*7F", "$WIXDR,C,022.0,C,,*52"},
       {"XDR,", "MWD,", "MTA,", ",,,,", "*", "$"},
       run_nmea,
       mend_nmea},
      {"wunderground",
       {"ID=X&PASSWORD=Y&dateutc=2016-1-4%2021:2:35&tempf=43.3&humidity=045&winddir=129&windspeedmph=0.0&dailyrainin=0.04&"
        "baromin=29.05",
        "id=24C86E&sensor=00003301&mt=5N1x31&tempf=95.6&dateutc=now"},
       {"&", "%", "-9999", "yearlyrainin=", "absbaro="},
       form_target(decode_wunderground)},
      {"chaney",
       {"id=X&sensor=02004&mt=5N1x38&windspeed=A001890000&humidity=A0280&temperature=A014722222&battery=normal&rssi=3"},
       {"A", "pressure&", "C1=", "mt="},
       form_target(decode_chaney)},
      {"ecowitt",
       {"PASSKEY=0123456789ABCDEF0123456789ABCDEF&dateutc=2022-07-15+15:26:14&tempf=87.08&humidity=34&yearlyrainin=1.5&rrain_"
        "piezo=0.0&solarradiation=530.62"},
       {"&", "=", "yrain_piezo=9", "lightning_time="},
       form_target(decode_ecowitt)},
      {"oregon",
       {"mac=0004a36903e7&id=84&rid=f3&pwr=0&t=20.5&h=60", "mac=0004a36903e7&id=82&rid=1d&wd=270&gs=3&ws=2"},
       {"&", "id=8"},
       form_target(decode_oregon)},
      {"sensor_community",
       {R"({"esp8266id":"12331981","software_version":"NRZ","sensordatavalues":[{"value_type":"SDS_P1","value":"0.40"},{"value_type":"BME280_pressure","value":"100613.25"}]})"},
       {"\"value\":", "null", "[", "\"\""},
       [](std::string_view input) { check_upload(decode_sensor_community(input, "esp8266-1", "")); }},
      {"gbfs",
       {R"({"last_updated":1763625600,"ttl":60,"version":"2.3","data":{"stations":[{"station_id":"72","num_bikes_available":"7","is_renting":1,"last_reported":1763625600,"lat":37.5,"lon":-122.2,"name":"a"}]}})",
        R"({"ttl":60,"data":{"en":{"feeds":[{"name":"station_status","url":"http://127.0.0.1/s.json"}]}}})"},
       {"\"station_id\":", "null", "1e999", "[", "\xff"},
       run_gbfs},
  };
  return kTargets;
}

}  // namespace wayside::fuzz
