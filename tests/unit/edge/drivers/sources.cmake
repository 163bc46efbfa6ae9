# Unit tests of the drivers, relative to tests/unit/edge/.
set(WAYSIDE_DRIVER_TEST_SOURCES
  drivers/captures_test.cc
  drivers/exec_test.cc
  drivers/gpio_test.cc
  drivers/http_push_test.cc
  drivers/modbus_test.cc
  drivers/nmea_test.cc
  drivers/rtl_433_test.cc
  drivers/serial_lines_test.cc
  drivers/supervised_child_test.cc
  drivers/weather_chaney_test.cc
  drivers/weather_ecowitt_test.cc
  drivers/weather_fields_test.cc
  drivers/weather_json_test.cc
  drivers/weather_rain_test.cc
  drivers/weather_upload_test.cc
  drivers/weather_wunderground_test.cc)
