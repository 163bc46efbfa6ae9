// How many bytes the outbox writes in mode `strict`, with every reading delivered, and how a day offline fills it.
//
// written: bytes handed to write() (/proc/self/io wchar) per reading, and per byte of its JSON, by readings in a commit; the
//          receipts of a group are trimmed with the next group, as behind a living bridge. The file system's own journal and
//          the flash's block size come on top.
// a day:   one reading every 30 s, each with its own commit and its own trim.
// offline: 24 h at 10 readings/s, nothing leaves: all 864,000 must be read back, memory must not grow with them.
// The outbox lies below $TMPDIR, else /tmp: set it to the disk that counts.
#include <cstdio>

#include "tests/bench/scratch_outbox.h"

namespace wayside::edge {
namespace {

constexpr std::int64_t kDayReadings = 2'880;        // every 30 s
constexpr std::int64_t kOfflineReadings = 864'000;  // 24 h at 10/s
constexpr double kDayAimMb = 100;
constexpr double kMemoryAimMb = 4;  // page cache of SQLite included
constexpr double kMb = 1'000'000;

double anonymous_mb() { return proc_value("/proc/self/status", "RssAnon:") / 1024; }

/// How many readings can be read out.
std::int64_t count_all(Outbox& outbox) {
  std::int64_t count = 0;
  for (OutboxId after{0}; after < outbox.last_id();) {
    auto readings = outbox.read(after, outbox.last_id(), 1'000);
    if (!readings) must(std::move(readings).error());
    if (readings->empty()) break;
    count += static_cast<std::int64_t>(readings->size());
    after = readings->back().id;
  }
  return count;
}

bool measure_group(std::size_t size, double aim) {
  ScratchOutbox scratch;
  const std::size_t groups = 3'000;
  double json = 0;
  const double before = bytes_written();
  for (std::size_t i = 0; i < groups; ++i) {
    scratch.accept(size);
    scratch.settle([&](const StoredReading& stored) { json += static_cast<double>(encode_reading(stored.reading).size()); });
  }
  const double bytes = bytes_written() - before;
  std::printf("  %8zu %16.0f %10.1f %8.0f\n", size, bytes / static_cast<double>(groups * size), bytes / json, aim);
  return bytes / json <= aim;
}

bool measure_day() {
  ScratchOutbox scratch;
  const double before = bytes_written();
  for (std::int64_t i = 0; i < kDayReadings; ++i) {
    scratch.accept(1);
    scratch.settle();
    must(scratch.outbox().trim());
  }
  const double mb = (bytes_written() - before) / kMb;
  std::printf("  a day of one reading every 30 s: %.0f MB (aim: under %.0f)\n", mb, kDayAimMb);
  return mb < kDayAimMb;
}

bool measure_offline(std::int64_t readings) {
  ScratchOutbox scratch;
  scratch.accept(1'000);
  const double before = anonymous_mb();
  for (std::int64_t left = readings - 1'000; left > 0; left -= 10) scratch.accept(10);
  const double grown = anonymous_mb() - before;
  const std::int64_t found = count_all(scratch.outbox());
  const double file_mb = static_cast<double>(std::filesystem::file_size(scratch.file())) / kMb;
  std::printf("  24 h offline at 10 readings/s: %ld of %ld read back, %.0f MB of memory more (aim: under %.0f), file %.0f MB\n",
              static_cast<long>(found), static_cast<long>(readings), grown, kMemoryAimMb, file_mb);
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
