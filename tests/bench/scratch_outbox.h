#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "edge/outbox.h"

namespace wayside::edge {

/// A benchmark has nothing to go on with after an error.
inline void must(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "Error: %s\n", status.error().message.c_str());
  std::exit(1);
}

/// A number behind a word of a file in /proc/self: "wchar:" of io (bytes handed to write()), "RssAnon:" (kB) of status.
inline double proc_value(const char* path, const std::string& name) {
  std::ifstream file(path);
  std::string word;
  double value = 0;
  while (file >> word) {
    if (word == name && file >> value) return value;
  }
  return 0;
}
inline double bytes_written() { return proc_value("/proc/self/io", "wchar:"); }

/// An outbox in a folder of its own below $TMPDIR, else /tmp, filled with bike readings of 200 stations.
class ScratchOutbox {
 public:
  ScratchOutbox() {
    std::string pattern = std::filesystem::temp_directory_path() / "wayside-outbox-bench-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) std::exit(1);
    folder_ = pattern;
    auto opened = Outbox::open(folder_ / "outbox.db", {}, "boot");
    if (!opened) must(std::move(opened).error());
    outbox_ = std::move(*opened);
  }
  ~ScratchOutbox() {
    outbox_.reset();
    std::filesystem::remove_all(folder_);
  }
  ScratchOutbox(const ScratchOutbox&) = delete;
  ScratchOutbox& operator=(const ScratchOutbox&) = delete;

  Outbox& outbox() { return *outbox_; }
  std::filesystem::path file() const { return folder_ / "outbox.db"; }

  /// The next `size` readings in one commit.
  void accept(std::size_t size) { must(outbox_->accept(group(size), {})); }

  /// Gives every reading since the last call its receipt, after showing it to `see`.
  template <class See>
  void settle(See see) {
    auto readings = outbox_->read(sent_, outbox_->last_id(), 1'000'000);
    if (!readings) must(std::move(readings).error());
    for (const StoredReading& reading : *readings) {
      see(reading);
      outbox_->settle(reading, Outbox::Outcome::kReceipted);
    }
    sent_ = outbox_->last_id();
  }
  void settle() {
    settle([](const StoredReading&) {});
  }

 private:
  std::vector<NewReading> group(std::size_t size) {
    constexpr std::int64_t kStations = 200;
    std::vector<NewReading> readings;
    readings.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
      const UtcTime at{1'763'625'600'000 + ++count_ * 250};
      readings.push_back({{"station-" + std::to_string(count_ % kStations), Stream::kBikeStatus, at,
                           R"({"num_bikes_available":12,"num_docks_available":)" + std::to_string(count_ % 30) +
                               R"(,"is_installed":true,"is_renting":true,"is_returning":true})"},
                          {at, ClockQuality::kSynced, {}}});
    }
    return readings;
  }

  std::filesystem::path folder_;
  std::unique_ptr<Outbox> outbox_;
  OutboxId sent_{0};
  std::int64_t count_ = 0;
};

}  // namespace wayside::edge
