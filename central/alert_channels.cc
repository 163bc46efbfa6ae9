// Who is told of alerts: a web address, and a topic of an MQTT broker.
#include <curl/curl.h>

#include <chrono>
#include <mutex>

#include "central/alert_sender.h"
#include "common/base/version.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

struct CurlDestroy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct CurlListDestroy {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlHandle = std::unique_ptr<CURL, CurlDestroy>;
using CurlList = std::unique_ptr<curl_slist, CurlListDestroy>;

std::size_t ignore_body(char*, std::size_t, std::size_t size, void*) { return size; }

int stop_transfer(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::stop_token*>(context)->stop_requested() ? 1 : 0;
}

class Webhook final : public AlertChannel {
 public:
  Webhook(const AlertWebhookSettings& settings, std::string database_id)
      : url_(settings.url),
        token_(settings.token),
        ca_file_(settings.ca_file),
        timeout_s_(settings.timeout_s),
        database_id_(std::move(database_id)) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  }

  std::string name() const override { return "webhook"; }

  Status send(const std::vector<AlertNotice>& notices, const std::stop_token& stop) override {
    std::string body = "{\"central\":";
    append_json_string(body, database_id_);
    body += ",\"notices\":[";
    for (const AlertNotice& notice : notices) body.append(body.back() == '[' ? "" : ",").append(notice.json);
    body += "]}";
    return post(body, stop);
  }

 private:
  Status post(const std::string& body, const std::stop_token& stop) const {
    const CurlHandle easy(curl_easy_init());
    if (!easy) return Error{"webhook: libcurl gives no handle", ""};
    CurlList headers(curl_slist_append(nullptr, "Content-Type: application/json"));
    if (!token_.empty()) curl_slist_append(headers.get(), ("Authorization: Bearer " + token_.reveal()).c_str());
    curl_easy_setopt(easy.get(), CURLOPT_URL, url_.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(easy.get(), CURLOPT_USERAGENT, (std::string("wayside-central/") + kVersion).c_str());
    curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, static_cast<long>(timeout_s_));
    curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, ignore_body);
    curl_easy_setopt(easy.get(), CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy.get(), CURLOPT_XFERINFOFUNCTION, stop_transfer);
    curl_easy_setopt(easy.get(), CURLOPT_XFERINFODATA, &stop);
    if (!ca_file_.empty()) curl_easy_setopt(easy.get(), CURLOPT_CAINFO, ca_file_.c_str());
    const CURLcode code = curl_easy_perform(easy.get());
    if (code != CURLE_OK) return Error{std::string("webhook: ") + curl_easy_strerror(code), "check alerts.webhook.url"};
    long status = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status < 200 || status > 299) return Error{"webhook: it answers " + std::to_string(status), "check what receives it"};
    return {};
  }

  std::string url_;
  Secret token_;
  std::string ca_file_;
  std::int64_t timeout_s_;
  std::string database_id_;
};

class AlertTopic final : public AlertChannel {
 public:
  AlertTopic(const AlertMqttSettings& settings, std::string client_id)
      : settings_(settings), topic_(settings.topic), client_id_(std::move(client_id)) {}

  std::string name() const override { return "mqtt"; }

  Status send(const std::vector<AlertNotice>& notices, const std::stop_token& stop) override {
    Talk talk;
    auto client = make_mosquitto(settings_, client_id_, true, &talk);
    if (!client) return std::move(client).error();
    mosquitto_connect_v5_callback_set(client->get(), on_connect);
    mosquitto_publish_v5_callback_set(client->get(), on_publish);
    if (const int rc = mosquitto_connect(client->get(), settings_.host.c_str(), static_cast<int>(settings_.port), 60);
        rc != MOSQ_ERR_SUCCESS) {
      return mosquitto_error("alerts.mqtt: connecting", rc);
    }
    WAYSIDE_TRY(wait(
        *client, stop, [&] { return talk.connected; }, talk));
    for (const AlertNotice& notice : notices) {
      const int rc = mosquitto_publish(client->get(), nullptr, topic_.c_str(), static_cast<int>(notice.json.size()),
                                       notice.json.data(), 1, false);
      if (rc != MOSQ_ERR_SUCCESS) return mosquitto_error("alerts.mqtt: publishing", rc);
    }
    WAYSIDE_TRY(wait(
        *client, stop, [&] { return talk.acknowledged >= notices.size(); }, talk));
    mosquitto_disconnect(client->get());
    mosquitto_loop(client->get(), 0, 1);
    return {};
  }

 private:
  struct Talk {
    bool connected = false;
    std::size_t acknowledged = 0;
    int refused = 0;  ///< the broker's reason
  };

  static void on_connect(mosquitto*, void* context, int reason, int, const mosquitto_property*) {
    auto& talk = *static_cast<Talk*>(context);
    talk.connected = reason == 0;
    talk.refused = reason;
  }
  static void on_publish(mosquitto*, void* context, int, int reason, const mosquitto_property*) {
    auto& talk = *static_cast<Talk*>(context);
    ++talk.acknowledged;
    if (reason >= 0x80) talk.refused = reason;
  }

  template <class Enough>
  static Status wait(const MosquittoHandle& client, const std::stop_token& stop, Enough enough, const Talk& talk) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!enough() || talk.refused != 0) {
      if (talk.refused != 0) {
        return Error{std::string("alerts.mqtt: the broker says: ") + mosquitto_reason_string(talk.refused),
                     "check alerts.mqtt.username, password and the broker's ACL for alerts.mqtt.topic"};
      }
      if (stop.stop_requested()) return Error{"alerts.mqtt: central stops", ""};
      if (std::chrono::steady_clock::now() > deadline) return Error{"alerts.mqtt: the broker does not answer", ""};
      if (const int rc = mosquitto_loop(client.get(), 100, 1); rc != MOSQ_ERR_SUCCESS) {
        return mosquitto_error("alerts.mqtt", rc);
      }
    }
    return {};
  }

  MqttSettings settings_;
  std::string topic_;
  std::string client_id_;
};

}  // namespace

std::unique_ptr<AlertChannel> make_webhook(const AlertWebhookSettings& settings, const std::string& database_id) {
  return std::make_unique<Webhook>(settings, database_id);
}

std::unique_ptr<AlertChannel> make_alert_topic(const AlertMqttSettings& settings, const std::string& database_id) {
  return std::make_unique<AlertTopic>(settings, "wayside-central-" + database_id);
}

}  // namespace wayside::central
