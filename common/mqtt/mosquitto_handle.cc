#include "common/mqtt/mosquitto_handle.h"

#include <cerrno>
#include <cstring>
#include <mutex>

#include "common/base/readable_file.h"

namespace wayside {

void mosquitto_start_library() {
  static std::once_flag once;
  std::call_once(once, [] { mosquitto_lib_init(); });
}

void MqttSettings::describe(SettingsVisitor& visitor) {
  visitor.text("host", host, "Name or address of the MQTT broker.");
  visitor.integer("port", port, {1, 65535}, "Its port: 1883 plain, 8883 with TLS.");
  visitor.text("username", username, "MQTT user; empty for a broker that lets anybody in.");
  visitor.secret("password", password, "WAYSIDE_MQTT_PASSWORD", "File whose first line is the MQTT password.");
  visitor.boolean("tls", tls, "Speak TLS; implied by ca_file.");
  visitor.text("ca_file", ca_file, "PEM file of the authority that signed the broker's certificate; empty: the system's.");
  visitor.text("cert_file", cert_file, "PEM client certificate, where the broker asks for one.");
  visitor.text("key_file", key_file, "PEM key of cert_file.");
}

Status MqttSettings::validate() const {
  if (host.empty()) return Error{"host: must not be empty", "the broker's name or address"};
  if (cert_file.empty() != key_file.empty()) return Error{"cert_file: needs key_file and the other way round", "set both"};
  if (!cert_file.empty() && !tls && ca_file.empty())
    return Error{"cert_file: is used with TLS only", "set tls = true or ca_file"};
  return check_readable({{"ca_file", ca_file}, {"cert_file", cert_file}, {"key_file", key_file}});
}

Error mosquitto_error(const std::string& doing, int rc) {
  const char* why = rc == MOSQ_ERR_ERRNO ? std::strerror(errno) : mosquitto_strerror(rc);
  return Error{doing + ": " + why, ""};
}

Result<MosquittoHandle> make_mosquitto(const MqttSettings& settings, const std::string& client_id, bool clean_start,
                                       void* context) {
  mosquitto_start_library();
  MosquittoHandle handle(mosquitto_new(client_id.c_str(), clean_start, context));
  if (!handle) return mosquitto_error("creating the MQTT client", MOSQ_ERR_ERRNO);
  mosquitto_threaded_set(handle.get(), true);
  int rc = mosquitto_int_option(handle.get(), MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
  if (rc == MOSQ_ERR_SUCCESS) rc = mosquitto_int_option(handle.get(), MOSQ_OPT_TCP_NODELAY, 1);
  if (rc == MOSQ_ERR_SUCCESS && !settings.username.empty()) {
    rc = mosquitto_username_pw_set(handle.get(), settings.username.c_str(),
                                   settings.password.empty() ? nullptr : settings.password.reveal().c_str());
  }
  if (rc != MOSQ_ERR_SUCCESS) return mosquitto_error("preparing the MQTT client", rc);
  if (settings.tls || !settings.ca_file.empty()) {
    const auto path = [](const std::string& file) { return file.empty() ? nullptr : file.c_str(); };
    rc = mosquitto_tls_set(handle.get(), path(settings.ca_file), settings.ca_file.empty() ? "/etc/ssl/certs" : nullptr,
                           path(settings.cert_file), path(settings.key_file), nullptr);
    if (rc != MOSQ_ERR_SUCCESS) return mosquitto_error("loading mqtt.ca_file, cert_file and key_file", rc);
  }
  return handle;
}

}  // namespace wayside
