// A Kafka for development: librdkafka's mock cluster behind real TCP, with the contract's topics. It starts in
// milliseconds and needs no JVM. Everything is in memory: it is outside the guarantee (DESIGN, "Libraries").

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <pthread.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "common/base/log.h"
#include "common/base/program.h"
#include "common/base/result.h"
#include "common/base/version.h"
#include "common/contract/streams.h"
#include "common/kafka/kafka_handle.h"

namespace wayside {
namespace {

constexpr int kPartitionsDefault = 12;
constexpr int kPartitionsMax = 1000;

struct MockDestroy {
  void operator()(rd_kafka_mock_cluster_t* cluster) const { rd_kafka_mock_cluster_destroy(cluster); }
};
/// Must go before the handle that it was made on.
using MockCluster = std::unique_ptr<rd_kafka_mock_cluster_t, MockDestroy>;

struct Options {
  std::string port_file;
  int partitions = kPartitionsDefault;
};

/// Written under another name and renamed, so that a reader never sees half of it.
Status write_port_file(const std::string& path, const std::string& brokers) {
  const std::string draft = path + ".new";
  std::ofstream file(draft, std::ios::trunc);
  file << brokers << '\n';
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(draft, path, error);
  if (!file || error) return Error{"--port-file: cannot be written (got " + path + ")", "a path in a folder that exists"};
  return {};
}

Status create_topics(rd_kafka_mock_cluster_t* cluster, int partitions) {
  for (const KafkaTopic& topic : kafka_topics()) {
    const std::string name(topic.name);
    const auto error = rd_kafka_mock_topic_create(cluster, name.c_str(), partitions, 1);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return Error{"creating topic " + name + ": " + rd_kafka_err2str(error), ""};
  }
  return {};
}

/// SIGUSR1 spoils the next produce request in a way that an idempotent producer cannot mend: for tests.
constexpr int kSpoilSignal = SIGUSR1;
constexpr std::int16_t kProduceRequest = 0;

sigset_t awaited_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, kSpoilSignal);
  return signals;
}

/// The mock makes its cluster id from the address of its object. Under AddressSanitizer that address is the same at every
/// start, and consumers would take a new, empty cluster for the old one. A random number of blocks of the object's size
/// class before it makes the ids differ; keep them until the cluster exists.
std::vector<std::unique_ptr<char[]>> shift_heap() {
  constexpr unsigned kBlocksMax = 8192;
  constexpr std::size_t kObjectBytes = 1400;
  std::random_device random;
  std::vector<std::unique_ptr<char[]>> blocks(random() % kBlocksMax);
  for (auto& block : blocks) block.reset(new char[kObjectBytes]);
  return blocks;
}

Status serve(const Options& options) {
  // Blocked before librdkafka makes its threads, so that they inherit it and sigwait gets the signal.
  const sigset_t signals = awaited_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  KafkaConf conf(rd_kafka_conf_new());
  // This handle carries the cluster and speaks to none itself: no word about missing brokers.
  rd_kafka_conf_set(conf.get(), "log_level", "3", nullptr, 0);
  auto kafka = make_kafka(RD_KAFKA_PRODUCER, std::move(conf));
  if (!kafka) return std::move(kafka).error();
  const auto shifted = shift_heap();
  const MockCluster cluster(rd_kafka_mock_cluster_new(kafka->get(), 1));
  if (!cluster) return Error{"starting the mock cluster failed", ""};
  WAYSIDE_TRY(create_topics(cluster.get(), options.partitions));

  const std::string brokers = rd_kafka_mock_cluster_bootstraps(cluster.get());
  if (!options.port_file.empty()) WAYSIDE_TRY(write_port_file(options.port_file, brokers));
  log_warn("memory_only", {{"meaning",
                            "development Kafka: nothing survives its end, 5 MiB kept per partition, oldest dropped; "
                            "outside the guarantee"}});
  log_info("ready", {{"version", kVersion}, {"brokers", brokers}, {"partitions", options.partitions}});

  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal == kSpoilSignal) {
    rd_kafka_mock_push_request_errors(cluster.get(), kProduceRequest, 1, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
    log_warn("next_produce_spoiled", {});
  }
  log_info("stopping", {{"signal", signal}});
  return {};
}

int run(int argc, char** argv) {
  CLI::App app{"A Kafka for development: librdkafka's mock cluster, in memory only, on a free loopback port",
               "wayside-devkafka"};
  Options options;
  app.set_version_flag("--version", std::string("wayside-devkafka ") + kVersion);
  app.add_option("--port-file", options.port_file, "File that gets host:port once the cluster answers");
  app.add_option("--partitions", options.partitions, "Partitions of each topic")
      ->check(CLI::Range(1, kPartitionsMax))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  log_start("wayside-devkafka", LogLevel::kInfo);
  if (auto served = serve(options); !served.ok()) {
    print_error(served.error());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace wayside

int main(int argc, char** argv) { return wayside::run(argc, argv); }
