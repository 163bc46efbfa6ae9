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

#include "tests/bench/scratch_outbox.h"

namespace wayside::edge {
namespace {

constexpr int kRuns = 5;
constexpr double kAimPerS = 20'000;

struct Figures {
  double accept_per_s = 0;
  double whole_per_s = 0;
  double written_bytes = 0;
};

struct Run {
  double per_s = 0;          ///< readings
  double written_bytes = 0;  ///< for a reading
};

Run run(std::size_t groups, std::size_t group_size, bool deliver) {
  ScratchOutbox scratch;
  const double before = bytes_written();
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < groups; ++i) {
    scratch.accept(group_size);
    if (deliver) scratch.settle();
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const auto readings = static_cast<double>(groups * group_size);
  return {readings / took.count(), (bytes_written() - before) / readings};
}

/// Bytes of JSON of one reading.
double reading_bytes() {
  ScratchOutbox scratch;
  double bytes = 0;
  scratch.accept(1);
  scratch.settle([&](const StoredReading& stored) { bytes = static_cast<double>(encode_reading(stored.reading).size()); });
  return bytes;
}

Figures measure(std::size_t group_size) {
  const std::size_t groups = std::clamp<std::size_t>(50'000 / group_size, 20, 500);
  const Run accept = run(groups, group_size, false);
  const Run whole = run(groups, group_size, true);
  return {accept.per_s, whole.per_s, whole.written_bytes};
}

double median(std::array<Figures, kRuns>& runs, double Figures::*figure) {
  std::sort(runs.begin(), runs.end(), [&](const Figures& a, const Figures& b) { return a.*figure < b.*figure; });
  return runs[kRuns / 2].*figure;
}

void print_table() {
  const double json_bytes = reading_bytes();
  std::printf("  a reading is %.0f bytes of JSON; aim: %.0f readings/s with group commit\n", json_bytes, kAimPerS);
  std::printf("  %8s %14s %14s %16s %10s\n", "group", "accept /s", "whole /s", "written bytes", "x JSON");
  for (const std::size_t group_size : {1, 10, 100, 1000}) {
    std::array<Figures, kRuns> runs;
    for (Figures& figures : runs) figures = measure(group_size);
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
