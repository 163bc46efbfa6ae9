#include "central/map_tiles.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <optional>

#include "central/answer.h"

namespace wayside::central {
namespace {

constexpr std::uint64_t kPieceMax = 16 * 1024 * 1024;

struct Piece {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// `bytes=first-last` or `bytes=first-`; the last byte is cut to the file's end. One piece only, which is all that map
/// clients ask for.
std::optional<Piece> read_range(std::string_view range, std::uint64_t bytes) {
  constexpr std::string_view kUnit = "bytes=";
  if (!range.starts_with(kUnit)) return std::nullopt;
  range.remove_prefix(kUnit.size());
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = whole_number(range.substr(0, dash));
  const auto last = dash + 1 == range.size() ? std::optional(bytes - 1) : whole_number(range.substr(dash + 1));
  if (!first || !last || *first > *last || *first >= bytes) return std::nullopt;
  return Piece{*first, std::min(*last, bytes - 1)};
}

HttpResponse out_of_range(std::uint64_t bytes, std::string_view why) {
  HttpResponse response = problem(416, "Range not satisfiable", why);
  response.headers.emplace_back("Content-Range", "bytes */" + std::to_string(bytes));
  return response;
}

}  // namespace

Result<std::shared_ptr<const MapTiles>> MapTiles::open(const std::string& path) {
  if (path.empty()) return std::shared_ptr<const MapTiles>();
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat facts {};
  if (file < 0 || fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_size == 0) {
    if (file >= 0) ::close(file);
    return Error{"page.tiles_file: cannot be read (got " + path + ")", "a .pmtiles file that this user may read"};
  }
  std::string etag = "\"" + std::to_string(facts.st_size) + "-" + std::to_string(facts.st_mtim.tv_sec) + "\"";
  return std::shared_ptr<const MapTiles>(new MapTiles(file, static_cast<std::uint64_t>(facts.st_size), std::move(etag)));
}

MapTiles::~MapTiles() { ::close(file_); }

HttpResponse MapTiles::piece(std::string_view range, std::string_view if_none_match) const {
  HttpResponse response;
  if (if_none_match == etag_) {
    response.status = 304;
  } else {
    const auto wanted = read_range(range, bytes_);
    if (!wanted) return out_of_range(bytes_, "ask for a piece: Range: bytes=FIRST-LAST");
    const std::uint64_t length = wanted->last - wanted->first + 1;
    if (length > kPieceMax) return out_of_range(bytes_, "at most 16 MB in one piece");
    response.status = 206;
    response.content_type = "application/vnd.pmtiles";
    response.body.resize(length);
    for (std::uint64_t done = 0; done < length;) {
      const ssize_t got = ::pread(file_, response.body.data() + done, length - done, static_cast<off_t>(wanted->first + done));
      if (got <= 0) return failure(Error{"page.tiles_file: reading it failed", "the file must not be changed in place"});
      done += static_cast<std::uint64_t>(got);
    }
    response.headers.emplace_back("Content-Range", "bytes " + std::to_string(wanted->first) + "-" +
                                                       std::to_string(wanted->last) + "/" + std::to_string(bytes_));
  }
  response.headers.emplace_back("ETag", etag_);
  response.headers.emplace_back("Accept-Ranges", "bytes");
  response.headers.emplace_back("Cache-Control", "max-age=86400");
  return response;
}

}  // namespace wayside::central
