#pragma once

#include <mosquitto.h>

#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/base/settings.h"

namespace wayside {

/// Initialises libmosquitto once per process; call before the first handle.
void mosquitto_start_library();

struct MosquittoDestroy {
  void operator()(mosquitto* handle) const { mosquitto_destroy(handle); }
};
/// Destroying closes the connection without a DISCONNECT, which makes the broker publish the will, and drops all that
/// was queued, held PUBACKs included.
using MosquittoHandle = std::unique_ptr<mosquitto, MosquittoDestroy>;

struct MqttSettings : SettingsGroup {
  std::string host = "127.0.0.1";
  std::int64_t port = 1883;
  std::string username;
  Secret password;
  bool tls = false;
  std::string ca_file;
  std::string cert_file;
  std::string key_file;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
};

/// What is checked of the broker's certificate besides its chain and its name.
enum class CertificateDates { kChecked, kIgnored };

/// A new MQTT 5 handle with credentials and TLS applied, in threaded mode (writes happen in loop_write only).
Result<MosquittoHandle> make_mosquitto(const MqttSettings& settings, const std::string& client_id, bool clean_start,
                                       void* context, CertificateDates dates = CertificateDates::kChecked);

/// "connecting to 127.0.0.1:1883: Connection refused" from a return code.
Error mosquitto_error(const std::string& doing, int rc);

}  // namespace wayside
