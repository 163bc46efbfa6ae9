#include "common/mqtt/mosquitto_handle.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <cstring>
#include <mutex>

#include "common/base/readable_file.h"

namespace wayside {

namespace {

constexpr const char* kSystemAuthorities = "/etc/ssl/certs";

/// TLS with all checks but those of dates. On a context that it is given, libmosquitto 2.0.11 sets nothing of its own that
/// can be relied on (not even the authority, with MOSQ_OPT_SSL_CTX_WITH_DEFAULTS), so all of it is set here.
bool set_tls_without_dates(mosquitto* handle, const MqttSettings& settings) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1) return false;
  const char* const ca_file = settings.ca_file.empty() ? nullptr : settings.ca_file.c_str();
  if (SSL_CTX_load_verify_locations(context.get(), ca_file, ca_file == nullptr ? kSystemAuthorities : nullptr) != 1)
    return false;
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  X509_VERIFY_PARAM* const checks = SSL_CTX_get0_param(context.get());
  const bool name_set = X509_VERIFY_PARAM_set1_ip_asc(checks, settings.host.c_str()) == 1 ||
                        X509_VERIFY_PARAM_set1_host(checks, settings.host.c_str(), settings.host.size()) == 1;
  if (!name_set || X509_VERIFY_PARAM_set_flags(checks, X509_V_FLAG_NO_CHECK_TIME) != 1) return false;
  if (!settings.cert_file.empty() &&
      (SSL_CTX_use_certificate_chain_file(context.get(), settings.cert_file.c_str()) != 1 ||
       SSL_CTX_use_PrivateKey_file(context.get(), settings.key_file.c_str(), SSL_FILETYPE_PEM) != 1)) {
    return false;
  }
  return mosquitto_int_option(handle, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0) == MOSQ_ERR_SUCCESS &&
         mosquitto_void_option(handle, MOSQ_OPT_SSL_CTX, context.get()) == MOSQ_ERR_SUCCESS;  // takes a reference of its own
}

}  // namespace

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
                                       void* context, CertificateDates dates) {
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
  const bool tls = settings.tls || !settings.ca_file.empty();
  if (tls && dates == CertificateDates::kIgnored) {
    if (!set_tls_without_dates(handle.get(), settings)) {
      return Error{"loading mqtt.ca_file, cert_file and key_file: " + std::string(ERR_error_string(ERR_get_error(), nullptr)),
                   ""};
    }
  } else if (tls) {
    const auto path = [](const std::string& file) { return file.empty() ? nullptr : file.c_str(); };
    rc = mosquitto_tls_set(handle.get(), path(settings.ca_file), settings.ca_file.empty() ? kSystemAuthorities : nullptr,
                           path(settings.cert_file), path(settings.key_file), nullptr);
    if (rc != MOSQ_ERR_SUCCESS) return mosquitto_error("loading mqtt.ca_file, cert_file and key_file", rc);
  }
  return handle;
}

}  // namespace wayside
