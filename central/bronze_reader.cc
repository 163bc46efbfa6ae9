#include "central/bronze_reader.h"

#include <algorithm>
#include <filesystem>

namespace wayside::central {

namespace fs = std::filesystem;

Result<std::vector<std::string>> bronze_files(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  if (!fs::exists(folder, error)) return files;
  for (fs::directory_iterator place(folder, error), end; !error && place != end; place.increment(error)) {
    if (place->path().extension() == ".bronze") files.push_back(place->path().string());
  }
  if (error) return Error{"bronze in " + folder + ": " + error.message(), "check bronze.dir and who may read it"};
  std::sort(files.begin(), files.end());  // named by date
  return files;
}

Result<std::unique_ptr<BronzeReader>> BronzeReader::open(const std::string& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) return Error{"bronze: " + path + " cannot be read", "check who may read it"};
  std::unique_ptr<BronzeReader> reader(new BronzeReader(std::move(file)));
  reader->find_places(static_cast<std::int64_t>(size));
  return reader;
}

void BronzeReader::find_places(std::int64_t size) {
  std::string header(kBronzeHeaderBytes, '\0');
  constexpr auto kHeader = static_cast<std::int64_t>(kBronzeHeaderBytes);
  while (end_ + kHeader <= size) {
    file_.seekg(end_);
    if (!file_.read(header.data(), kHeader)) break;
    const auto block = parse_bronze_header(header);
    if (!block || (places_.empty() && !block->begins_frame) || end_ + kHeader + block->length > size) break;
    places_.push_back({end_, *block});
    end_ += kHeader + block->length;
  }
  file_.clear();
}

Result<std::optional<std::string>> BronzeReader::unpack(const Place& place) {
  std::string whole(kBronzeHeaderBytes + place.block.length, '\0');
  file_.seekg(place.at);
  if (!file_.read(whole.data(), static_cast<std::streamsize>(whole.size()))) return Error{"bronze: a block cannot be read", ""};
  const std::string_view bytes = std::string_view(whole).substr(kBronzeHeaderBytes);
  if (!bronze_block_is_whole(std::string_view(whole).substr(0, kBronzeHeaderBytes), bytes)) return std::optional<std::string>();
  if (place.block.begins_frame) ZSTD_DCtx_reset(stream_.get(), ZSTD_reset_session_only);
  std::string out;
  std::string buffer(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  for (bool full = false; in.pos < in.size || full;) {
    ZSTD_outBuffer piece{buffer.data(), buffer.size(), 0};
    if (ZSTD_isError(ZSTD_decompressStream(stream_.get(), &piece, &in)) != 0) return std::optional<std::string>();
    out.append(buffer.data(), piece.pos);
    full = piece.pos == piece.size;
  }
  return std::optional(std::move(out));
}

namespace {

/// Hands out what is wanted of one block. False: it is damaged.
bool take_block(std::string_view bytes, bool begins_frame, const BronzeQuery& query, BronzePlaces& places,
                const std::function<void(const BronzeRecord&, const std::string&)>& take) {
  if (begins_frame && !take_bronze_places(bytes, places)) return false;
  BronzeRecord record;
  while (!bytes.empty()) {
    if (!take_bronze_record(bytes, record)) return false;
    const bool wanted = record.timestamp.ms >= query.since_ms && record.timestamp.ms < query.until_ms &&
                        (query.topic.empty() || record.topic == query.topic);
    if (wanted) take(record, places.cluster);
  }
  return true;
}

/// The end of the frame that begins at `first`, and whether any of its blocks has records of the time.
std::pair<std::size_t, bool> look_at_frame(const std::vector<BronzeReader::Place>& all, std::size_t first,
                                           const BronzeQuery& query) {
  bool wanted = false;
  std::size_t end = first;
  do {
    const BronzeBlock& block = all[end].block;
    wanted = wanted || (block.last_ms >= query.since_ms && block.first_ms < query.until_ms);
  } while (++end < all.size() && !all[end].block.begins_frame);
  return {end, wanted};
}

}  // namespace

Result<std::uint64_t> read_bronze(const std::string& folder, const BronzeQuery& query,
                                  const std::function<void(const BronzeRecord&, const std::string&)>& take) {
  auto files = bronze_files(folder);
  if (!files) return std::move(files).error();
  std::uint64_t damaged = 0;
  for (const std::string& path : *files) {
    auto reader = BronzeReader::open(path);
    if (!reader) return std::move(reader).error();
    const auto& all = (*reader)->places();
    for (std::size_t first = 0; first < all.size();) {
      const auto [end, wanted] = look_at_frame(all, first, query);
      BronzePlaces places;
      for (std::size_t at = first; wanted && at < end; ++at) {
        auto bytes = (*reader)->unpack(all[at]);
        if (!bytes) return std::move(bytes).error();
        if (*bytes && take_block(**bytes, at == first, query, places, take)) continue;
        damaged += end - at;
        break;
      }
      first = end;
    }
  }
  return damaged;
}

}  // namespace wayside::central
