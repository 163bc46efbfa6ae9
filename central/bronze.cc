#include "central/bronze.h"

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <mutex>

#include "central/bronze_reader.h"
#include "common/base/log.h"

namespace wayside::central {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kDayMs = 86'400'000;
/// A frame of so many bytes, unpacked, ends: it is what a start has to read again.
constexpr std::size_t kFrameBytesMax = 8U << 20U;

struct FreeStream {
  void operator()(ZSTD_CCtx* stream) const { ZSTD_freeCCtx(stream); }
};

std::string day_name(UtcTime now) { return format_rfc3339(now).substr(0, 10) + ".bronze"; }

Error disk_error(const std::string& doing, const std::string& path) {
  return Error{"bronze: " + doing + " " + path + ": " + std::strerror(errno), "make room, or check bronze.dir"};
}

/// A file that is written at its end.
class EndOfFile {
 public:
  EndOfFile() = default;
  EndOfFile(const EndOfFile&) = delete;
  EndOfFile& operator=(const EndOfFile&) = delete;
  ~EndOfFile() { close(); }

  bool is_open() const { return file_ >= 0; }
  const std::string& path() const { return path_; }
  std::int64_t size() const { return size_; }

  /// A file that is opened again ends where it was left: what stands behind is of a block that failed.
  Status open(const std::string& path) {
    close();
    file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    if (file_ < 0) return disk_error("opening", path);
    const std::int64_t size = ::lseek(file_, 0, SEEK_END);
    const std::int64_t end = path == path_ ? std::min(size, size_) : size;
    path_ = path;
    size_ = size;
    return end < size ? cut(end) : Status();
  }
  void close() {
    if (file_ >= 0) ::close(file_);
    file_ = -1;
  }
  Status cut(std::int64_t size) {
    if (::ftruncate(file_, size) != 0) return disk_error("cutting", path_);
    size_ = size;
    return {};
  }
  /// All of it, or the file is as it was.
  Status append(std::string_view bytes, bool sync) {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t wrote = ::pwrite(file_, bytes.data() + done, bytes.size() - done, size_ + static_cast<std::int64_t>(done));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) return undo(disk_error("writing", path_));
      done += static_cast<std::size_t>(wrote);
    }
    if (sync && ::fdatasync(file_) != 0) return undo(disk_error("syncing", path_));
    size_ += static_cast<std::int64_t>(bytes.size());
    return {};
  }

 private:
  Status undo(Error error) {
    // What stays of it when this fails too is cut when the file is opened again.
    if (::ftruncate(file_, size_) != 0) error.message += " (and cutting it off again)";
    return error;
  }

  int file_ = -1;
  std::string path_;
  std::int64_t size_ = 0;
};

class BronzeFiles final : public Bronze {
 public:
  BronzeFiles(const BronzeSettings& settings, bool sync) : settings_(settings), sync_(sync), stream_(ZSTD_createCCtx()) {
    ZSTD_CCtx_setParameter(stream_.get(), ZSTD_c_compressionLevel, static_cast<int>(settings.zstd_level));
  }

  Status recover_places(std::int64_t gaps) {
    std::error_code error;
    fs::create_directories(settings_.dir, error);
    if (error) return Error{"bronze: making " + settings_.dir + ": " + error.message(), "check bronze.dir"};
    auto files = bronze_files(settings_.dir);
    if (!files) return std::move(files).error();
    // The newest file that has a frame knows all places.
    for (auto path = files->rbegin(); path != files->rend(); ++path) {
      auto found = recover(*path);
      if (!found) return std::move(found).error();
      if (*found) break;
    }
    if (places_.gaps != gaps) places_.next.clear();
    places_.gaps = gaps;
    return {};
  }

  Status write(const std::string& cluster, std::span<const Record> records, std::span<const std::string> headers,
               UtcTime now) override {
    WAYSIDE_CHECK(headers.size() == records.size());
    BronzeCounters counts = counters();
    auto written = keep(cluster, records, headers, now, counts);
    if (!written.ok()) {
      counts = counters();
      ++counts.failures;
    }
    const std::lock_guard lock(mutex_);
    counters_ = counts;
    return written;
  }

  std::optional<std::int64_t> next_offset(const std::string& cluster, const PartitionId& id) const override {
    const auto place = places_.next.find({cluster, std::string(source_topics()[id.topic].name), id.partition});
    return place == places_.next.end() ? std::nullopt : std::optional(place->second);
  }

  BronzeCounters counters() const override {
    const std::lock_guard lock(mutex_);
    return counters_;
  }

 private:
  Status keep(const std::string& cluster, std::span<const Record> records, std::span<const std::string> headers, UtcTime now,
              BronzeCounters& counts) {
    if (const auto day = now.ms / kDayMs; day != day_ || !file_.is_open()) {
      if (auto opened = file_.open((fs::path(settings_.dir) / day_name(now)).string()); !opened.ok()) {
        file_.close();
        return opened;
      }
      day_ = day;
      frame_bytes_ = kFrameBytesMax;
      next_clean_ = now;
    }
    if (now >= next_clean_) WAYSIDE_TRY(clean(now, counts));
    const BronzePlaces before = places_;
    auto written = write_block(cluster, records, headers, counts);
    if (!written.ok()) {
      places_ = before;
      frame_bytes_ = kFrameBytesMax;  // the stream has moved on: the next block begins a new one
      file_.close();                  // opened again: an operator may have put another in its place
    }
    return written;
  }

  Status write_block(const std::string& cluster, std::span<const Record> records, std::span<const std::string> headers,
                     BronzeCounters& counts) {
    BronzeBlock block;
    block.begins_frame = frame_bytes_ >= kFrameBytesMax || places_.cluster != cluster;
    places_.cluster = cluster;
    std::string raw;
    if (block.begins_frame) append_bronze_places(raw, places_);
    block.first_ms = std::numeric_limits<std::int64_t>::max();
    block.last_ms = std::numeric_limits<std::int64_t>::min();
    for (std::size_t i = 0; i < records.size(); ++i) {
      const Record& record = records[i];
      std::int64_t& next = places_.next[{cluster, std::string(source_topics()[record.topic].name), record.partition}];
      if (record.offset < next) {
        ++counts.repeated;
        continue;
      }
      next = record.offset + 1;
      append_bronze_record(raw, record, headers[i]);
      block.first_ms = std::min(block.first_ms, record.timestamp.ms);
      block.last_ms = std::max(block.last_ms, record.timestamp.ms);
      ++block.records;
    }
    if (block.records == 0) return {};
    auto packed = pack(raw, block.begins_frame);
    if (!packed) return std::move(packed).error();
    const std::string bytes = encode_bronze_block(block, *packed);
    WAYSIDE_TRY(file_.append(bytes, sync_));
    frame_bytes_ = (block.begins_frame ? 0 : frame_bytes_) + raw.size();
    counts.records += block.records;
    counts.bytes += bytes.size();
    return {};
  }

  Result<std::string> pack(std::string_view raw, bool begins_frame) {
    if (begins_frame) ZSTD_CCtx_reset(stream_.get(), ZSTD_reset_session_only);
    std::string out;
    std::string buffer(ZSTD_CStreamOutSize(), '\0');
    ZSTD_inBuffer in{raw.data(), raw.size(), 0};
    for (std::size_t left = 1; left != 0 || in.pos < in.size;) {
      ZSTD_outBuffer piece{buffer.data(), buffer.size(), 0};
      left = ZSTD_compressStream2(stream_.get(), &piece, &in, ZSTD_e_flush);
      if (ZSTD_isError(left) != 0) return Error{std::string("bronze: zstd: ") + ZSTD_getErrorName(left), ""};
      out.append(buffer.data(), piece.pos);
    }
    return out;
  }

  /// Reads the last frame for the places, and cuts off what is torn. False: the file has no whole frame.
  Result<bool> recover(const std::string& path) {
    auto reader = BronzeReader::open(path);
    if (!reader) return std::move(reader).error();
    const auto& all = (*reader)->places();
    std::int64_t end = (*reader)->end();
    std::size_t stop = all.size();
    bool found = false;
    while (stop > 0 && !found) {
      std::size_t first = stop - 1;
      while (first > 0 && !all[first].block.begins_frame) --first;
      for (std::size_t at = first; at < stop; ++at) {
        auto bytes = (*reader)->unpack(all[at]);
        if (!bytes) return std::move(bytes).error();
        if (!*bytes || !note_block(**bytes, at == first)) {
          end = all[at].at;
          break;
        }
        found = true;
      }
      stop = first;
    }
    WAYSIDE_TRY(file_.open(path));
    if (const std::int64_t torn = file_.size() - end; torn > 0) {
      counters_.bytes_cut += static_cast<std::uint64_t>(torn);
      log_warn("bronze_cut", {{"file", path}, {"bytes", torn}, {"what", "a torn end; its records are read from Kafka again"}});
      WAYSIDE_TRY(file_.cut(end));
    }
    file_.close();
    return found;
  }

  bool note_block(std::string_view bytes, bool begins_frame) {
    if (begins_frame && !take_bronze_places(bytes, places_)) return false;
    BronzeRecord record;
    while (!bytes.empty()) {
      if (!take_bronze_record(bytes, record)) return false;
      places_.next[{places_.cluster, std::string(record.topic), record.partition}] = record.offset + 1;
    }
    return true;
  }

  /// Deletes the oldest files that are over a limit; never the one that is written.
  Status clean(UtcTime now, BronzeCounters& counts) {
    constexpr std::int64_t kCleanEveryMs = 600'000;
    next_clean_ = UtcTime{now.ms + kCleanEveryMs};
    auto files = bronze_files(settings_.dir);
    if (!files) return std::move(files).error();
    const std::string oldest_kept = day_name(UtcTime{std::max<std::int64_t>(0, now.ms - settings_.keep_days * kDayMs)});
    std::error_code ignored;
    const auto size_of = [&ignored](const std::string& path) {
      const std::uintmax_t size = fs::file_size(path, ignored);
      return ignored ? 0 : size;
    };
    std::uintmax_t total = 0;
    for (const std::string& path : *files) total += size_of(path);
    for (const std::string& path : *files) {
      const bool old = fs::path(path).filename().string() < oldest_kept;
      const bool large = total > static_cast<std::uintmax_t>(settings_.max_mb) * 1'000'000;
      if ((!old && !large) || path == file_.path()) break;
      total -= size_of(path);
      if (!fs::remove(path, ignored)) continue;
      ++counts.files_deleted;
      log_info("bronze_deleted", {{"file", path}, {"why", old ? "age" : "size"}});
    }
    return {};
  }

  BronzeSettings settings_;
  bool sync_;
  std::unique_ptr<ZSTD_CCtx, FreeStream> stream_;
  EndOfFile file_;
  std::int64_t day_ = -1;
  std::size_t frame_bytes_ = kFrameBytesMax;
  UtcTime next_clean_;
  BronzePlaces places_;
  mutable std::mutex mutex_;  // guards counters_
  BronzeCounters counters_;
};

}  // namespace

void BronzeSettings::describe(SettingsVisitor& visitor) {
  visitor.text("dir", dir, "Folder in which every record is kept as it came, compressed, a file a day; empty: none.");
  visitor.integer("keep_days", keep_days, {1, 36'500}, "Files older than so many days are deleted.");
  visitor.integer("max_mb", max_mb, {1, 100'000'000}, "When all files are larger (MB), the oldest are deleted; today's never.");
  visitor.integer("zstd_level", zstd_level, {1, 19}, "How hard they are compressed.");
}

Result<std::unique_ptr<Bronze>> Bronze::open(const BronzeSettings& settings, std::int64_t gaps, bool sync) {
  auto files = std::make_unique<BronzeFiles>(settings, sync);
  if (auto begun = files->recover_places(gaps); !begun.ok()) return std::move(begun).error();
  return std::unique_ptr<Bronze>(std::move(files));
}

}  // namespace wayside::central
