// How fast the outbox takes readings, and how many bytes it writes for one, by the size of a commit's group. Medians of 5.
//
// accept: readings/s that are numbered and committed, with an fsync per group, nothing leaving.
// whole:  the same while each group is read, receipted and trimmed with the next group, as behind a living bridge.
// written: bytes handed to write() for each reading of `whole` (/proc/self/io wchar), in all and per byte of its JSON.
//          Flash writes more by its own page size.
// The outbox lies below $TMPDIR, else /tmp: set it to the disk that counts.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "edge/outbox.h"

namespace wayside::edge {
namespace {

constexpr int kRuns = 5;
constexpr int kStations = 200;
constexpr double kAimPerS = 20'000;

struct Figures {
  double accept_per_s = 0;
  double whole_per_s = 0;
  double written_bytes = 0;
};

std::uint64_t bytes_written() {
  std::ifstream io("/proc/self/io");
  std::string name;
  std::uint64_t value = 0;
  while (io >> name >> value) {
    if (name == "wchar:") return value;
  }
  return 0;
}

void must(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "Error: %s\n", status.error().message.c_str());
  std::exit(1);
}

class Bench {
 public:
  Bench() {
    std::string pattern = std::filesystem::temp_directory_path() / "wayside-outbox-bench-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) std::exit(1);
    folder_ = pattern;
    auto opened = Outbox::open(folder_ / "outbox.db", {}, "boot");
    if (!opened) must(std::move(opened).error());
    outbox_ = std::move(*opened);
  }
  ~Bench() {
    outbox_.reset();
    std::filesystem::remove_all(folder_);
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  /// Readings/s over `groups` groups.
  double run(std::size_t groups, std::size_t group_size, bool deliver) {
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < groups; ++i) {
      must(outbox_->accept(group(group_size), {}));
      if (deliver) settle();
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    return static_cast<double>(groups * group_size) / took.count();
  }

  std::size_t reading_bytes() {
    const auto one = group(1);
    return encode_reading({one[0].observation.station_id, one[0].observation.stream, outbox_->epoch(), 100'000,
                           *one[0].stamp.observed_at, ClockQuality::kSynced, one[0].observation.values})
        .size();
  }

 private:
  std::vector<NewReading> group(std::size_t size) {
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

  void settle() {
    auto readings = outbox_->read(sent_, outbox_->last_id(), 1'000'000);
    if (!readings) must(std::move(readings).error());
    for (const StoredReading& reading : *readings) outbox_->settle(reading, Outbox::Outcome::kReceipted);
    sent_ = outbox_->last_id();
  }

  std::filesystem::path folder_;
  std::unique_ptr<Outbox> outbox_;
  OutboxId sent_{0};
  std::int64_t count_ = 0;
};

Figures measure(std::size_t group_size) {
  const std::size_t groups = std::clamp<std::size_t>(50'000 / group_size, 20, 500);
  Figures figures;
  figures.accept_per_s = Bench().run(groups, group_size, false);
  Bench bench;
  const std::uint64_t before = bytes_written();
  figures.whole_per_s = bench.run(groups, group_size, true);
  figures.written_bytes = static_cast<double>(bytes_written() - before) / static_cast<double>(groups * group_size);
  return figures;
}

double median(std::array<Figures, kRuns>& runs, double Figures::*figure) {
  std::sort(runs.begin(), runs.end(), [&](const Figures& a, const Figures& b) { return a.*figure < b.*figure; });
  return runs[kRuns / 2].*figure;
}

void print_table() {
  const auto json_bytes = static_cast<double>(Bench().reading_bytes());
  std::printf("  a reading is %.0f bytes of JSON; aim: %.0f readings/s with group commit\n", json_bytes, kAimPerS);
  std::printf("  %8s %14s %14s %16s %10s\n", "group", "accept /s", "whole /s", "written bytes", "x JSON");
  for (const std::size_t group_size : {1, 10, 100, 1000}) {
    std::array<Figures, kRuns> runs;
    for (Figures& run : runs) run = measure(group_size);
    const double written = median(runs, &Figures::written_bytes);
    std::printf("  %8zu %14.0f %14.0f %16.0f %10.1f\n", group_size, median(runs, &Figures::accept_per_s),
                median(runs, &Figures::whole_per_s), written, written / json_bytes);
  }
}

}  // namespace
}  // namespace wayside::edge

int main() {
  wayside::edge::print_table();
  return 0;
}
