// How large central's layers are, how fast they are written and how fast they answer, on a generated database of 2,000 bike
// stations: 30 days at one reading a minute (86 million) and 2 years of hours (35 million).
//
//   layers_bench [--scale S] [--folder DIR] [--days N] [--hour-days N]
//
// The readings go through the fold as Kafka's records would, each as JSON with agent, epoch and seq, 5,000 a transaction,
// and the layer keeper closes the days between them; only Kafka is missing. The older hours go through the builder and the
// store of gold, from a reading each 5 minutes. `--scale` is the share of the 2,000 stations (default 0.01: 20 stations); the
// keys of the tables begin with the station, so that sizes grow with their number and a station's day lies as it would among
// 2,000. What is printed for 2,000 stations is that number times what was measured, nothing else. Rates and
// query times are processor time of this one thread, with the file in the system's cache, so that other programs on the
// machine do not count.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "central/fold.h"
#include "central/gold_query.h"
#include "central/picture.h"
#include "central/schema.h"
#include "common/contract/message.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kStations = 2000;
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kTodayMs = 20'777 * kDayMs;  // 2026-11-20
constexpr std::size_t kBatch = 5000;
constexpr int kQueries = 200;

struct Options {
  double scale = 0.01;
  std::int64_t days = 30;
  std::int64_t hour_days = 730;
  std::string folder = "/tmp";
  std::int64_t stations() const { return std::max<std::int64_t>(1, std::llround(scale * static_cast<double>(kStations))); }
};

template <class T>
T must(Result<T> result) {
  if (result.ok()) return std::move(*result);
  std::fprintf(stderr, "Error: %s\n", result.error().message.c_str());
  std::exit(1);
}
void must(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "Error: %s\n", status.error().message.c_str());
  std::exit(1);
}

/// Processor time of this thread.
double cpu_s() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// A bike station of 30 docks through its day: quiet nights, a wave in the morning, another in the evening.
class BikeStation {
 public:
  explicit BikeStation(std::uint32_t seed) : random_(seed), bikes_(static_cast<int>(random_() % 31)) {}

  int bikes_at(std::int64_t at) {
    const double hour = static_cast<double>(at % kDayMs) / 3'600'000.0;
    const double busy =
        0.02 + 0.25 * std::exp(-std::pow((hour - 8.5) / 1.5, 2)) + 0.3 * std::exp(-std::pow((hour - 17.5) / 2.0, 2));
    if (std::uniform_real_distribution<>(0, 1)(random_) < busy)
      bikes_ = std::clamp(bikes_ + (random_() % 2 == 0 ? 1 : -1), 0, 30);
    return bikes_;
  }
  std::int64_t jitter(std::int64_t max) { return static_cast<std::int64_t>(random_() % static_cast<std::uint32_t>(max)); }

 private:
  std::mt19937 random_;
  int bikes_;
};

/// The records of one transaction.
class Records {
 public:
  explicit Records(Fold& fold) : fold_(fold) {
    for (std::size_t i = 0; i < source_topics().size(); ++i) {
      if (source_topics()[i].name == kafka_topic(Stream::kBikeStatus)) status_ = i;
      if (source_topics()[i].name == kTopicStationInformation) information_ = i;
    }
    next_offset_.assign(source_topics().size(), 0);
  }

  void information(const std::string& station) {
    add(information_, station,
        "{\"station_id\":\"" + station + R"(","kind":"bike","name":"N","lat":1,"lon":2,"capacity":30,)" +
            R"("streams":{"bike_status":{"report_interval_s":60}}})",
        kTodayMs - 400 * kDayMs);
  }
  void reading(const std::string& station, std::uint64_t seq, std::int64_t at, int bikes, std::int64_t received_at) {
    Reading reading;
    reading.station_id = station;
    reading.epoch = "9f2c41d07a3be815";
    reading.seq = seq;
    reading.observed_at = UtcTime{at};
    reading.values = "{\"num_bikes_available\":" + std::to_string(bikes) +
                     ",\"num_docks_available\":" + std::to_string(30 - bikes) +
                     R"(,"is_installed":true,"is_renting":true,"is_returning":true})";
    add(status_, station, encode_reading(reading), received_at);
  }
  bool full() const { return texts_.size() >= 2 * kBatch; }
  void fold(std::int64_t now_ms) {
    std::vector<Record> records = std::move(records_);
    for (std::size_t i = 0; i < records.size(); ++i) {
      records[i].key = texts_[2 * i];
      records[i].value = texts_[2 * i + 1];
      records[i].agent = "gateway";
    }
    must(fold_.fold(records, UtcTime{now_ms}));
    must(fold_.tend(UtcTime{now_ms}));
    records_.clear();
    texts_.clear();
  }

 private:
  void add(std::size_t topic, const std::string& key, std::string value, std::int64_t received_at) {
    Record record;
    record.topic = topic;
    record.offset = next_offset_[topic]++;
    record.timestamp = UtcTime{received_at};
    records_.push_back(record);
    texts_.push_back(key);
    texts_.push_back(std::move(value));
  }

  Fold& fold_;
  std::size_t status_ = 0;
  std::size_t information_ = 0;
  std::vector<std::int64_t> next_offset_;
  std::vector<Record> records_;
  std::vector<std::string> texts_;
};

class LayersBench {
 public:
  explicit LayersBench(Options options) : options_(std::move(options)) {
    path_ = options_.folder + "/wayside_layers_" + std::to_string(::getpid()) + ".db";
    SqlOpenOptions open;
    open.synchronous_full = false;
    database_ = std::make_unique<SqlDatabase>(must(SqlDatabase::open(path_, open)));
    must(database_->execute("PRAGMA wal_autocheckpoint=16384;PRAGMA cache_size=-32768"));
    must(prepare_schema(*database_, UtcTime{kTodayMs}));
    FoldOptions fold;
    fold.layers.silver_days = options_.days + 1;
    fold_ = must(Fold::open(*database_, fold));
    must(fold_->select_cluster("bench", UtcTime{kTodayMs}));
    std::map<PartitionId, LogBounds> logs;
    for (std::size_t topic = 0; topic < source_topics().size(); ++topic) logs[{topic, 0}] = {0, 0};
    must(fold_->begin_partitions(logs));
  }
  ~LayersBench() {
    fold_.reset();
    database_.reset();
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + end);
  }
  LayersBench(const LayersBench&) = delete;
  LayersBench& operator=(const LayersBench&) = delete;

  void run() {
    std::printf("%lld of %lld stations\n", static_cast<long long>(options_.stations()), static_cast<long long>(kStations));
    write_readings();
    report_silver();
    write_hours();
    report_gold();
    report_whole();
    report_queries();
    report_pictures();
  }

 private:
  static std::string name(std::int64_t station) { return "station-" + std::to_string(station); }

  void write_readings() {
    Records records(*fold_);
    std::vector<BikeStation> bikes;
    for (std::int64_t i = 0; i < options_.stations(); ++i) {
      records.information(name(i));
      bikes.emplace_back(static_cast<std::uint32_t>(i));
    }
    const double began = cpu_s();
    std::uint64_t seq = 0;
    std::int64_t at = kTodayMs - options_.days * kDayMs;
    for (; at < kTodayMs; at += kMinuteMs) {
      ++seq;
      for (std::int64_t i = 0; i < options_.stations(); ++i) {
        BikeStation& station = bikes[static_cast<std::size_t>(i)];
        const std::int64_t seen = at + (i * 29) % 60 * 1000;
        records.reading(name(i), seq, seen, station.bikes_at(at), seen + 200 + station.jitter(400));
        if (records.full()) records.fold(seen + 1000 + station.jitter(50));
      }
    }
    records.fold(kTodayMs);
    readings_ = static_cast<double>(seq) * static_cast<double>(options_.stations());
    for (std::int64_t now = kTodayMs + 2 * 3'600'000; must(fold_->tend(UtcTime{now}));) {
    }
    const double took = cpu_s() - began;
    std::printf(
        "readings: %.1f million, %.0f a processor second with all layers on (aim 25,000), JSON made by the benchmark "
        "included\n",
        readings_ / 1e6, readings_ / took);
  }

  double number(const std::string& sql) { return static_cast<double>(must(database_->query_integer(sql)).value_or(0)); }
  double file_bytes() {
    return number("PRAGMA page_count") * number("PRAGMA page_size") - number("PRAGMA freelist_count") * 4096;
  }

  void report_silver() {
    const double blocks = number("SELECT count(*) FROM reading_block");
    const double bytes = number("SELECT sum(length(bytes)) FROM reading_block");
    const double left = number("SELECT count(*) FROM reading");
    std::printf("silver: %.2f bytes a reading in %.0f blocks of %.1f kB; %.0f readings are not in blocks\n",
                bytes / std::max(1.0, readings_ - left), blocks, bytes / blocks / 1000, left);
  }

  /// The hours before the days that have readings.
  void write_hours() {
    auto store = must(GoldStore::open(*database_));
    const double began = cpu_s();
    const std::int64_t last = kTodayMs / kDayMs - options_.days - 1;
    const std::int64_t first = kTodayMs / kDayMs - options_.hour_days;
    for (std::int64_t i = 0; i < options_.stations(); ++i) {
      must(database_->execute("BEGIN"));
      BikeStation station(static_cast<std::uint32_t>(i));
      for (std::int64_t day = first; day <= last; ++day) write_day(store, StationPk{i + 1}, day, station);
      must(database_->execute("COMMIT"));
    }
    const double days = static_cast<double>(std::max<std::int64_t>(0, last - first + 1) * options_.stations());
    if (days > 0) std::printf("older gold: %.0f days made and written a processor second\n", days / (cpu_s() - began));
  }

  static void write_day(GoldStore& store, StationPk pk, std::int64_t day, BikeStation& station) {
    constexpr std::int64_t kStep = 5 * kMinuteMs;
    const std::int64_t from = day * kDayMs;
    std::array<std::string, 2> texts;
    auto hours = GoldBuilder::make(Stream::kBikeStatus, Resolution::kHour, from, from + kDayMs);
    auto whole = GoldBuilder::make(Stream::kBikeStatus, Resolution::kDay, from, from + kDayMs);
    for (std::int64_t at = from; at <= from + kDayMs; at += kStep) {
      const int bikes = station.bikes_at(at);
      texts = {std::to_string(bikes), std::to_string(30 - bikes)};
      const std::array<std::string_view, 4> values{texts[0], texts[1], {}, {}};
      const Observation observation{at, 5 * kStep, false, values};
      hours->add(observation);
      whole->add(observation);
    }
    must(store.write(pk, Stream::kBikeStatus, Resolution::kHour, day, hours->finish()));
    must(store.write(pk, Stream::kBikeStatus, Resolution::kDay, day, whole->finish()));
  }

  void report_gold() {
    for (const Resolution resolution : {Resolution::kHour, Resolution::kDay}) {
      const std::string which = " FROM gold_block WHERE gold_key >> 24 & 3 = " + std::to_string(static_cast<int>(resolution));
      const double blocks = number("SELECT count(*)" + which);
      const double rows = resolution == Resolution::kHour ? blocks * 24 : blocks;
      std::printf("gold by %s: %.2f million rows, %.1f bytes a row\n", resolution == Resolution::kHour ? "hour" : "day",
                  rows / 1e6, number("SELECT sum(length(bytes))" + which) / rows);
    }
  }

  void report_whole() {
    must(database_->checkpoint("TRUNCATE"));
    const double bytes = file_bytes();
    const auto share = static_cast<double>(kStations) / static_cast<double>(options_.stations());
    std::printf("database: %.1f MB; for %lld stations times %.0f: %.2f GB\n", bytes / 1e6, static_cast<long long>(kStations),
                share, bytes * share / 1e9);
  }

  /// Median and 99th percentile of a question about a random station; the pages are in the system's cache.
  template <class Ask>
  void time_query(const char* what, Ask ask) {
    std::mt19937 random(1);
    std::vector<double> ms;
    std::size_t rows = 0;
    for (int i = 0; i < kQueries; ++i) {
      const StationPk station{1 + static_cast<std::int64_t>(random() % static_cast<std::uint32_t>(options_.stations()))};
      const double begin = cpu_s();
      rows = ask(station, static_cast<std::int64_t>(random()));
      ms.push_back((cpu_s() - begin) * 1000);
    }
    std::sort(ms.begin(), ms.end());
    std::printf("%-34s %6zu rows, p50 %.2f ms, p99 %.2f ms\n", what, rows, ms[kQueries / 2], ms[kQueries * 99 / 100]);
  }

  void report_queries() {
    SqlOpenOptions open;
    open.read_only = true;
    SqlDatabase reader = must(SqlDatabase::open(path_, open));
    auto silver = must(SilverReader::open(reader));
    auto gold = must(GoldQuery::open(reader, 300));
    const auto rows_of = [&](StationPk station, Resolution resolution, std::int64_t since, std::int64_t until) {
      std::size_t rows = 0;
      must(gold->read({station, Stream::kBikeStatus, resolution, since, until}, [&](const GoldRow&) { return ++rows > 0; }));
      return rows;
    };
    const auto day = [&](std::int64_t chance) { return kTodayMs - (1 + chance % options_.days) * kDayMs; };
    time_query("readings of a day (aim 5 ms)", [&](StationPk station, std::int64_t chance) {
      std::size_t rows = 0;
      must(silver.read_from(station, Stream::kBikeStatus, day(chance), day(chance) + kDayMs,
                            [&](const SilverRow&) { return ++rows > 0; }));
      return rows;
    });
    time_query("minutes of a day", [&](StationPk station, std::int64_t chance) {
      return rows_of(station, Resolution::kMinute, day(chance), day(chance) + kDayMs);
    });
    time_query("hours of a year", [&](StationPk station, std::int64_t) {
      return rows_of(station, Resolution::kHour, kTodayMs - 365 * kDayMs, kTodayMs);
    });
    time_query("days of two years", [&](StationPk station, std::int64_t) {
      return rows_of(station, Resolution::kDay, kTodayMs - 730 * kDayMs, kTodayMs);
    });
  }

  /// All stations as they were at a time: on a day that is not in memory yet, and on one that is.
  void report_pictures() {
    SqlOpenOptions open;
    open.read_only = true;
    SqlDatabase reader = must(SqlDatabase::open(path_, open));
    std::vector<BoardStation> stations;
    for (std::int64_t i = 0; i < options_.stations(); ++i) {
      BoardStation& station = stations.emplace_back();
      station.id = name(i);
      station.streams.emplace_back().report_interval_s = 60;
    }
    DayTracks tracks(std::size_t{1} << 30U);
    std::vector<double> cold;
    std::vector<double> warm;
    for (std::int64_t day = 1; day <= std::min<std::int64_t>(options_.days, 5); ++day) {
      for (std::int64_t minute = 0; minute < 20; ++minute) {
        const double begin = cpu_s();
        const HttpResponse answer =
            answer_picture(reader, tracks, stations, {kTodayMs - day * kDayMs + (400 + minute) * kMinuteMs});
        if (answer.status != 200) std::exit(1);
        (minute == 0 ? cold : warm).push_back((cpu_s() - begin) * 1000);
      }
    }
    std::sort(cold.begin(), cold.end());
    std::sort(warm.begin(), warm.end());
    std::printf(
        "picture of %zu stations: first of a day %.0f ms, others p50 %.1f ms, p99 %.1f ms; %.1f kB in memory a station's day\n",
        stations.size(), cold[cold.size() / 2], warm[warm.size() / 2], warm[warm.size() * 99 / 100],
        static_cast<double>(tracks.counters().bytes) / static_cast<double>(tracks.counters().made_total) / 1000);
  }

  Options options_;
  std::string path_;
  std::unique_ptr<SqlDatabase> database_;
  std::unique_ptr<Fold> fold_;
  double readings_ = 0;
};

int run(int count, char** arguments) {
  Options options;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = arguments[i];
    const char* value = arguments[i + 1];
    if (name == "--scale") {
      options.scale = std::strtod(value, nullptr);
    } else if (name == "--days") {
      options.days = std::strtoll(value, nullptr, 10);
    } else if (name == "--hour-days") {
      options.hour_days = std::strtoll(value, nullptr, 10);
    } else if (name == "--folder") {
      options.folder = value;
    } else {
      std::fprintf(stderr, "Error: unknown option %s\n", arguments[i]);
      return 2;
    }
  }
  LayersBench(options).run();
  return 0;
}

}  // namespace
}  // namespace wayside::central

int main(int count, char** arguments) { return wayside::central::run(count, arguments); }
