#include "common/kafka/kafka_handle.h"

#include <algorithm>
#include <array>

#include "common/base/log.h"
#include "common/base/readable_file.h"
#include "common/contract/streams.h"

namespace wayside {
namespace {

constexpr int kSyslogWarning = 4;

void log_kafka(const rd_kafka_t*, int level, const char* facility, const char* text) {
  log_limited(level <= kSyslogWarning ? LogLevel::kWarn : LogLevel::kDebug, "kafka", facility,
              {{"facility", facility}, {"text", text}});
}

}  // namespace

void KafkaSettings::describe(SettingsVisitor& visitor) {
  visitor.text("brokers", brokers, "Kafka's first addresses: host:port, several with commas.");
  visitor.choice("security_protocol", security_protocol, {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"},
                 "How to speak to Kafka.");
  visitor.choice("sasl_mechanism", sasl_mechanism, {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"},
                 "How user and password are proved, with sasl_*.");
  visitor.text("username", username, "SASL user.");
  visitor.secret("password", password, "WAYSIDE_KAFKA_PASSWORD", "File whose first line is the SASL password.");
  visitor.text("ca_file", ca_file, "PEM file of the authority that signed the brokers' certificates; empty: the system's.");
  visitor.text("cert_file", cert_file, "PEM client certificate, where the brokers ask for one.");
  visitor.text("key_file", key_file, "PEM key of cert_file.");
}

Status KafkaSettings::validate() const {
  if (brokers.empty()) return Error{"brokers: must not be empty", "host:port of one Kafka broker"};
  if (cert_file.empty() != key_file.empty()) return Error{"cert_file: needs key_file and the other way round", "set both"};
  const bool tls = security_protocol == "ssl" || security_protocol == "sasl_ssl";
  if (!tls && !(ca_file.empty() && cert_file.empty())) {
    return Error{"ca_file: is used with TLS only (got security_protocol " + security_protocol + ")",
                 "security_protocol = \"ssl\""};
  }
  if (security_protocol.starts_with("sasl") && (username.empty() || password.empty())) {
    return Error{"username: must be set, and password_file too (got security_protocol " + security_protocol + ")",
                 "set username and password_file"};
  }
  return check_readable({{"ca_file", ca_file}, {"cert_file", cert_file}, {"key_file", key_file}});
}

Result<KafkaConf> make_kafka_conf(const KafkaSettings& settings, const std::string& client_id,
                                  const std::map<std::string, std::string>& options) {
  std::map<std::string, std::string> all = options;
  all["bootstrap.servers"] = settings.brokers;
  all["client.id"] = client_id;
  all["security.protocol"] = settings.security_protocol;
  if (!settings.ca_file.empty()) all["ssl.ca.location"] = settings.ca_file;
  if (!settings.cert_file.empty()) all["ssl.certificate.location"] = settings.cert_file;
  if (!settings.key_file.empty()) all["ssl.key.location"] = settings.key_file;
  if (settings.security_protocol.starts_with("sasl")) {
    all["sasl.mechanism"] = settings.sasl_mechanism;
    all["sasl.username"] = settings.username;
    all["sasl.password"] = settings.password.reveal();
  }
  KafkaConf conf(rd_kafka_conf_new());
  std::array<char, 512> why{};
  for (const auto& [name, value] : all) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), why.data(), why.size()) != RD_KAFKA_CONF_OK) {
      return Error{"kafka setting " + name + ": " + why.data(), "check [kafka]"};
    }
  }
  rd_kafka_conf_set_log_cb(conf.get(), log_kafka);
  return conf;
}

Result<KafkaHandle> make_kafka(rd_kafka_type_t type, KafkaConf conf) {
  std::array<char, 512> why{};
  rd_kafka_t* raw = rd_kafka_new(type, conf.get(), why.data(), why.size());
  if (raw == nullptr) return Error{std::string("creating the Kafka client: ") + why.data(), "check [kafka]"};
  static_cast<void>(conf.release());  // rd_kafka_new owns it only after it has succeeded
  return KafkaHandle(raw);
}

Result<std::vector<KafkaTopicMetadata>> fetch_topics(rd_kafka_t* kafka, int timeout_ms) {
  const rd_kafka_metadata_t* raw = nullptr;
  const auto error = rd_kafka_metadata(kafka, 1, nullptr, &raw, timeout_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Error{std::string("asking Kafka for its topics: ") + rd_kafka_err2str(error),
                 "check kafka.brokers and that Kafka runs"};
  }
  const std::unique_ptr<const rd_kafka_metadata_t, void (*)(const rd_kafka_metadata_t*)> metadata(raw,
                                                                                                  rd_kafka_metadata_destroy);
  std::vector<KafkaTopicMetadata> topics;
  topics.reserve(static_cast<std::size_t>(metadata->topic_cnt));
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    topics.push_back({metadata->topics[i].topic, metadata->topics[i].partition_cnt});
  }
  return topics;
}

Result<std::string> fetch_cluster_id(rd_kafka_t* kafka, int timeout_ms) {
  char* raw = rd_kafka_clusterid(kafka, timeout_ms);
  if (raw == nullptr) return Error{"asking Kafka for its cluster id: no answer", "check kafka.brokers and that Kafka runs"};
  std::string id(raw);
  rd_kafka_mem_free(kafka, raw);
  return id;
}

Result<int> check_topics(const std::vector<KafkaTopicMetadata>& topics) {
  std::string missing;
  std::string counts;
  int partitions = 0;
  bool equal = true;
  for (const KafkaTopic& wanted : kafka_topics()) {
    const auto found = std::find_if(topics.begin(), topics.end(), [&](const auto& topic) { return topic.name == wanted.name; });
    if (found == topics.end() || found->partitions == 0) {
      missing += (missing.empty() ? "" : ", ") + std::string(wanted.name);
      continue;
    }
    counts += (counts.empty() ? "" : ", ") + found->name + "=" + std::to_string(found->partitions);
    equal = equal && (partitions == 0 || partitions == found->partitions);
    partitions = found->partitions;
  }
  if (!missing.empty()) return Error{"Kafka has no topic " + missing, "wayside-bridge topics"};
  if (!equal) {
    return Error{"Kafka's topics have unequal partition counts: " + counts,
                 "make them anew with one count: order and ownership hold only when a station's topics share partitions"};
  }
  return partitions;
}

}  // namespace wayside
