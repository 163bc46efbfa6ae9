#include "central/past_reader.h"

#include <algorithm>
#include <cmath>

#include "central/account.h"
#include "central/json_text.h"
#include "central/shape_table.h"
#include "central/silver_block.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

/// As for a station's state: silent after 5 intervals (DESIGN 6).
constexpr double kSilentIntervals = 5;
/// Behind heartbeats the values before them are looked for so far back, and among so many.
constexpr std::int64_t kBackMs = kDayMs;
constexpr int kBackReadings = 5000;

std::int64_t day_of(std::int64_t ms) { return std::max<std::int64_t>(0, ms / kDayMs); }

/// What the gold of a bucket says of the contract's fields: its means; counts as whole numbers.
std::string values_of(Stream stream, const GoldRow& row) {
  const auto columns = gold_columns(stream);
  std::string out = "{";
  for (const ValueField& field : value_fields(stream)) {
    const std::string name = std::string(field.name) + "_mean";
    const auto column = std::find_if(columns.begin(), columns.end(), [&](const GoldColumn& each) { return each.name == name; });
    if (column == columns.end()) continue;
    const auto& cell = row.cells[static_cast<std::size_t>(column - columns.begin())];
    if (!cell) continue;
    const double mean = from_cell(*cell, column->decimals);
    append_key(out, field.name);
    stream == Stream::kBikeStatus ? append_integer(out, std::llround(mean)) : append_number(out, mean);
  }
  return out += '}';
}

}  // namespace

/// The readings of one stream from a time on backwards, in the order of the present, out of both tiers.
class PastReader::Backwards {
 public:
  struct Moment {
    std::int64_t at = 0;
    DayTrack::Value value;
  };

  Backwards(PastReader& reader, StationPk station, Stream stream, std::int64_t at)
      : reader_(reader), station_(station), stream_(stream), day_(day_of(at)), until_(at) {
    reader_.hot_.bind(1, raw(station)).bind(2, static_cast<std::int64_t>(stream)).bind(3, at);
    reader_.hot_.bind(4, static_cast<std::int64_t>(ClockQuality::kUnknown));
  }
  ~Backwards() { reader_.hot_.reset(); }
  Backwards(const Backwards&) = delete;
  Backwards& operator=(const Backwards&) = delete;

  /// Nothing: there are no more.
  Result<std::optional<Moment>> next() {
    if (!begun_) WAYSIDE_TRY(step_hot());
    begun_ = true;
    WAYSIDE_TRY(fill_track());
    const bool sealed = left_ > 0;
    if (!hot_there_ && !sealed) return std::optional<Moment>();
    // A late reading of a closed day came behind those of its block, so of one time it is the later one.
    if (hot_there_ && (!sealed || reader_.hot_.integer(0) >= track_->time(left_ - 1))) {
      Moment moment{reader_.hot_.integer(0),
                    {reader_.hot_.integer(1), reader_.hot_.integer(2), std::string(reader_.hot_.text(3))}};
      WAYSIDE_TRY(step_hot());
      return std::optional(std::move(moment));
    }
    --left_;
    return std::optional(Moment{track_->time(left_), track_->value(left_)});
  }

 private:
  Status step_hot() {
    auto there = reader_.hot_.step();
    if (!there) return std::move(there).error();
    hot_there_ = *there;
    return {};
  }

  /// Goes on to the block before when the readings of one are used up.
  Status fill_track() {
    while (left_ == 0 && day_ >= 0) {
      SqlStatement& select = reader_.block_;
      const std::int64_t base = silver_key(station_, stream_, 0);
      auto there = select.bind(1, base).bind(2, base + day_).step();
      if (!there) return std::move(there).error();
      if (!*there) {
        day_ = -1;
        return {};
      }
      const DayTracks::Block block{select.integer(0), select.integer(1), select.integer(2)};
      select.reset();
      auto track = reader_.track(block, block.key - base);
      if (!track) return std::move(track).error();
      track_ = std::move(*track);
      left_ = track_->until(until_);
      day_ = block.key - base - 1;
    }
    return {};
  }

  PastReader& reader_;
  StationPk station_;
  Stream stream_;
  std::int64_t day_;
  std::int64_t until_;
  bool begun_ = false;
  bool hot_there_ = false;
  std::shared_ptr<const DayTrack> track_;
  std::size_t left_ = 0;  ///< readings of the track that are still to come
};

Result<std::unique_ptr<PastReader>> PastReader::open(SqlDatabase& database, DayTracks& tracks) {
  auto silver = SilverReader::open(database);
  if (!silver) return std::move(silver).error();
  auto gold = GoldStore::open(database);
  if (!gold) return std::move(gold).error();
  auto shapes = ShapeNames::open(database);
  if (!shapes) return std::move(shapes).error();
  auto reader = std::unique_ptr<PastReader>(new PastReader(tracks, std::move(*silver), std::move(*gold), std::move(*shapes)));
  for (const auto& [statement, sql] :
       {std::pair{&reader->hot_,
                  "SELECT observed_at, clock, shape_pk, cells FROM reading WHERE station_pk = ?1 AND stream = ?2 AND "
                  "observed_at <= ?3 AND clock <> ?4 ORDER BY observed_at DESC, kafka_offset DESC"},
        std::pair{&reader->block_,
                  "SELECT block_key, sealed_at, readings FROM reading_block WHERE block_key BETWEEN ?1 AND ?2 "
                  "ORDER BY block_key DESC LIMIT 1"},
        std::pair{&reader->block_bytes_, "SELECT bytes FROM reading_block WHERE block_key = ?1"},
        std::pair{
            &reader->gold_day_,
            "SELECT gold_key - ?1 FROM gold_block WHERE gold_key BETWEEN ?1 AND ?1 + ?2 ORDER BY gold_key DESC LIMIT 1"}}) {
    auto prepared = database.prepare(sql);
    if (!prepared) return std::move(prepared).error();
    *statement = std::move(*prepared);
  }
  return reader;
}

Result<std::shared_ptr<const DayTrack>> PastReader::track(const DayTracks::Block& block, std::int64_t day) {
  if (auto kept = tracks_.find(block)) return kept;
  std::shared_ptr<const DayTrack> track;
  Status status;
  auto read = block_bytes_.bind(1, block.key).each_row([&](const SqlStatement& row) {
    auto rows = decode_silver(row.text(0));
    if (!rows) status = std::move(rows).error();
    if (rows.ok()) track = std::make_shared<const DayTrack>(*rows, day);
  });
  if (!read.ok()) return std::move(read).error();
  if (!status.ok()) return std::move(status).error();
  if (track == nullptr) return std::make_shared<const DayTrack>(std::vector<SilverRow>(), day);
  tracks_.keep(block, track);
  return track;
}

Result<std::optional<Resolution>> PastReader::read(StationPk station, UtcTime at, BoardStream& stream) {
  WAYSIDE_TRY(read_silver(station, at, stream));
  if (!stream.values.observed_at) return read_gold(station, at, stream);
  return std::optional<Resolution>();
}

Status PastReader::read_silver(StationPk station, UtcTime at, BoardStream& stream) {
  const auto silent_ms = static_cast<std::int64_t>(stream.report_interval_s * 1000 * kSilentIntervals);
  const bool in_parts = stream.values.stream == Stream::kWeather;
  Backwards backwards(*this, station, stream.values.stream, at.ms);
  std::vector<Backwards::Moment> moments;  // newest first
  for (int i = 0; i < kBackReadings; ++i) {
    auto moment = backwards.next();
    if (!moment) return std::move(moment).error();
    if (!*moment) break;
    if (!moments.empty() && (*moment)->at < moments.front().at - (in_parts ? silent_ms : kBackMs)) break;
    const bool whole = !in_parts && !(*moment)->value.heartbeat();
    if (moments.empty() || in_parts || whole) moments.push_back(std::move(**moment));
    if (whole) break;
  }
  std::reverse(moments.begin(), moments.end());
  for (const auto& [observed_at, value] : moments) {
    auto names = shapes_.names(value.shape);
    if (!names) return std::move(names).error();
    Reading reading;
    reading.observed_at = UtcTime{observed_at};
    reading.clock = static_cast<ClockQuality>(value.clock);
    reading.values = restore_values(*names, value.cells);
    stream.values.apply(reading, {}, silent_ms);
  }
  stream.state = judge_stream(stream.values, stream.report_interval_s, at).state;
  return {};
}

Result<std::optional<GoldRow>> PastReader::last_row(StationPk station, Stream stream, Resolution resolution, std::int64_t at) {
  const std::int64_t base = gold_key(station, stream, resolution, 0);
  std::optional<GoldRow> last;
  // The newest block may begin behind `at`: then the one before it.
  for (std::int64_t day = day_of(at), tries = 0; !last && tries < 2; ++tries) {
    auto there = gold_day_.bind(1, base).bind(2, day).step();
    if (!there) return std::move(there).error();
    if (!*there) break;
    day = gold_day_.integer(0);
    gold_day_.reset();
    auto read = gold_.read(station, stream, resolution, day, day, [&](std::int64_t, std::vector<GoldRow>& rows) {
      for (GoldRow& row : rows) {
        if (row.start <= at) last = std::move(row);
      }
      return true;
    });
    if (!read.ok()) return std::move(read).error();
    --day;
  }
  return last;
}

/// Old gold is taken out by whole days, the finest first: the finest that has a bucket up to `at` has all that followed it.
Result<std::optional<Resolution>> PastReader::read_gold(StationPk station, UtcTime at, BoardStream& stream) {
  if (gold_columns(stream.values.stream).empty()) return std::optional<Resolution>();
  for (const Resolution resolution : {Resolution::kMinute, Resolution::kHour, Resolution::kDay}) {
    auto row = last_row(station, stream.values.stream, resolution, at.ms);
    if (!row) return std::move(row).error();
    if (!*row) continue;
    // Where the day's readings are still there, all of them came behind `at`.
    auto readings = silver_.days(station, stream.values.stream, day_of((*row)->start), day_of((*row)->start));
    if (!readings) return std::move(readings).error();
    if (!readings->empty()) break;
    Reading reading;
    reading.observed_at = UtcTime{(*row)->start};
    reading.values = values_of(stream.values.stream, **row);
    stream.values.apply(reading, {}, 0);
    const std::int64_t end = (*row)->start + width_ms(resolution);
    StreamState as_of_end = stream.values;
    as_of_end.observed_at = UtcTime{std::min(end, at.ms)};
    stream.state = judge_stream(as_of_end, stream.report_interval_s, at).state;
    return std::optional(resolution);
  }
  return std::optional<Resolution>();
}

}  // namespace wayside::central
