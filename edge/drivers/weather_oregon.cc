// mac=0004A3…&id=84&rid=20&pwr=0&htr=0&cz=3&oh=90&ttr=0&ot=18.9&ch=1&p=1      temperature °C, humidity %
// mac=0004A3…&id=90&rid=9d&pwr=0&gw=0&av=0&wd=315&wg=1.9&ws=1.1&ch=1&p=1      wind: degrees, gust and speed m/s
// mac=0004A3…&id=82&rid=1d&pwr=0&rro=0&rr=0.00&rfa=5.114&ch=1&p=1             rain: rate inch/h, total inch
// mac=0004A3…&id=c2&pv=0&lb=0&ac=0&reg=1803&lost=0000&baro=806&ptr=0&wfor=3   hub: station pressure hPa
//   Units after weewx-interceptor. Rain: the decimals are those of the PCR800 gauge's radio frame, which counts 0.001
//   inch and 0.01 inch/h (rtl_433, oregon_scientific.c). Pressure: the recorded 806 can only be station pressure.
//   `rfa` is the gauge's own total. The forecast `wfor` is no observation: left out. Frame 8e (UV) is refused: which of
//   `uvh` and `uv` is the index (0 and 125…365 recorded) is documented nowhere.
#include "edge/drivers/weather_oregon.h"

namespace wayside::edge {

DecodedUpload decode_oregon(const UploadForm& form) {
  WeatherUpload upload;
  const std::string hub(form.text("mac"));
  if (hub.empty()) return FrameRefusal{FrameReason::kBadRequest, "no mac"};
  const std::string sensor(form.text("rid").substr(0, 16));
  if (!sensor.empty()) upload.keys.push_back(hub + "/" + sensor);
  upload.keys.push_back(hub);
  WeatherFields& fields = upload.fields;
  const std::string_view kind = form.text("id");
  if (kind == "84") {
    fields.read_number("air_temperature_C", form.text("ot"));
    fields.read_number("relative_humidity_pct", form.text("oh"));
  } else if (kind == "90") {
    fields.read_number("wind_speed_m_s", form.text("ws"));
    fields.read_number("wind_from_direction_deg", form.text("wd"));
    fields.read_number("wind_speed_of_gust_m_s", form.text("wg"));
  } else if (kind == "82") {
    fields.read_number("precipitation_rate_mm_h", form.text("rr"), mm_from_inch);
    upload.rain = longest_rain_total(form, {{"rfa", 25.4}});
    if (upload.rain) upload.rain->counter += "." + sensor;
  } else if (kind == "c2") {
    fields.read_number("surface_air_pressure_hPa", form.text("baro"));
  } else {
    return FrameRefusal{FrameReason::kUnsupportedFrame, "id=" + std::string(kind.substr(0, 16))};
  }
  return upload;
}

}  // namespace wayside::edge
