// How many bytes the outbox writes in mode `strict`, with every reading delivered, and how a day offline fills it.
//
// written: bytes handed to write() (/proc/self/io wchar) per reading, and per byte of its JSON, by readings in a commit; the
//          receipts of a group are trimmed with the next group, as behind a living bridge. The file system's own journal and
//          the flash's block size come on top.
// a day:   one reading every 30 s, each with its own commit and its own trim.
// offline: 24 h at 10 readings/s, nothing leaves: all 864,000 must be read back, memory must not grow with them.
// The outbox lies below $TMPDIR, else /tmp: set it to the disk that counts.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "edge/outbox.h"

namespace wayside::edge {
namespace {

constexpr int kStations = 200;
constexpr std::int64_t kDayReadings = 2'880;        // every 30 s
constexpr std::int64_t kOfflineReadings = 864'000;  // 24 h at 10/s
constexpr double kDayAimMb = 100;
constexpr double kMemoryAimMb = 4;  // page cache of SQLite included
constexpr double kMb = 1'000'000;

void must(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "Error: %s\n", status.error().message.c_str());
  std::exit(1);
}

/// A field of a file in /proc/self: "wchar:" of io, "RssAnon:" (kB) of status.
double proc_value(const char* path, const std::string& name) {
  std::ifstream file(path);
  std::string word;
  double value = 0;
  while (file >> word) {
    if (word == name && file >> value) return value;
  }
  return 0;
}
double written() { return proc_value("/proc/self/io", "wchar:"); }
double anonymous_mb() { return proc_value("/proc/self/status", "RssAnon:") / 1024; }

class Bench {
 public:
  Bench() {
    std::string pattern = std::filesystem::temp_directory_path() / "wayside-flash-bench-XXXXXX";
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

  void accept(std::size_t size) {
    std::vector<NewReading> readings;
    for (std::size_t i = 0; i < size; ++i) {
      const UtcTime at{1'763'625'600'000 + ++count_ * 100};
      readings.push_back({{"station-" + std::to_string(count_ % kStations), Stream::kBikeStatus, at,
                           R"({"num_bikes_available":12,"num_docks_available":)" + std::to_string(count_ % 30) +
                               R"(,"is_installed":true,"is_renting":true,"is_returning":true})"},
                          {at, ClockQuality::kSynced, {}}});
    }
    must(outbox_->accept(readings, {}));
  }

  /// Gives every reading since the last call its receipt; returns the bytes of their JSON.
  double settle() {
    double bytes = 0;
    auto readings = outbox_->read(sent_, outbox_->last_id(), 1'000'000);
    if (!readings) must(std::move(readings).error());
    for (const StoredReading& reading : *readings) {
      bytes += static_cast<double>(encode_reading(reading.reading).size());
      outbox_->settle(reading, Outbox::Outcome::kReceipted);
    }
    sent_ = outbox_->last_id();
    return bytes;
  }

  std::int64_t count_all() {
    std::int64_t count = 0;
    for (OutboxId after{0}; after < outbox_->last_id();) {
      auto readings = outbox_->read(after, outbox_->last_id(), 1'000);
      if (!readings) must(std::move(readings).error());
      if (readings->empty()) break;
      count += static_cast<std::int64_t>(readings->size());
      after = readings->back().id;
    }
    return count;
  }

  Outbox& outbox() { return *outbox_; }
  double file_mb() const { return static_cast<double>(std::filesystem::file_size(folder_ / "outbox.db")) / kMb; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<Outbox> outbox_;
  OutboxId sent_{0};
  std::int64_t count_ = 0;
};

bool measure_group(std::size_t size, double aim) {
  Bench bench;
  const std::size_t groups = 3'000;
  double json = 0;
  const double before = written();
  for (std::size_t i = 0; i < groups; ++i) {
    bench.accept(size);
    json += bench.settle();
  }
  const double bytes = written() - before;
  std::printf("  %8zu %16.0f %10.1f %8.0f\n", size, bytes / static_cast<double>(groups * size), bytes / json, aim);
  return bytes / json <= aim;
}

bool measure_day() {
  Bench bench;
  const double before = written();
  for (std::int64_t i = 0; i < kDayReadings; ++i) {
    bench.accept(1);
    bench.settle();
    must(bench.outbox().trim());
  }
  const double mb = (written() - before) / kMb;
  std::printf("  a day of one reading every 30 s: %.0f MB (aim: under %.0f)\n", mb, kDayAimMb);
  return mb < kDayAimMb;
}

bool measure_offline(std::int64_t readings) {
  Bench bench;
  bench.accept(1'000);
  const double before = anonymous_mb();
  for (std::int64_t left = readings - 1'000; left > 0; left -= 10) bench.accept(10);
  const double grown = anonymous_mb() - before;
  const std::int64_t found = bench.count_all();
  std::printf("  24 h offline at 10 readings/s: %ld of %ld read back, %.0f MB of memory more (aim: under %.0f), file %.0f MB\n",
              static_cast<long>(found), static_cast<long>(readings), grown, kMemoryAimMb, bench.file_mb());
  return found == readings && grown < kMemoryAimMb;
}

}  // namespace
}  // namespace wayside::edge

int main() {
  using namespace wayside::edge;
  std::printf("  %8s %16s %10s %8s\n", "group", "written bytes", "x JSON", "aim");
  bool met = measure_group(10, 15);
  met = measure_group(100, 6) && met;
  met = measure_day() && met;
  met = measure_offline(kOfflineReadings) && met;
  return met ? 0 : 1;
}
