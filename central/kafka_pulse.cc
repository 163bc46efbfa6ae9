#include "central/kafka_pulse.h"

namespace wayside::central {
namespace {

constexpr auto kAskEvery = std::chrono::seconds(2);
/// Two questions fit into kSilenceMax.
constexpr int kAskTimeoutMs = 4000;

}  // namespace

KafkaPulse::KafkaPulse(rd_kafka_t* kafka) : kafka_(kafka), heard_at_(Clock::now()) {
  thread_ = std::jthread([this](const std::stop_token& stop) { ask(stop); });
}

KafkaPulse::~KafkaPulse() {
  thread_.request_stop();
  thread_.join();
}

void KafkaPulse::heard() { heard_at_ = Clock::now(); }

bool KafkaPulse::silent() const { return Clock::now() - heard_at_.load() >= kSilenceMax; }

void KafkaPulse::ask(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const rd_kafka_metadata_t* metadata = nullptr;
    if (rd_kafka_metadata(kafka_, 0, nullptr, &metadata, kAskTimeoutMs) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      rd_kafka_metadata_destroy(metadata);
      heard();
    }
    wake_.wait_for(lock, stop, kAskEvery, [] { return false; });
  }
}

}  // namespace wayside::central
