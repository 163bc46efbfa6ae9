#include "central/export_file.h"

#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace wayside::central {
namespace {

// RFC 1952: 1f 8b, method, flags (16: a comment), time, extra flags, system; then the comment up to a zero byte.
constexpr std::size_t kHeaderBytes = 10;
constexpr char kOnlyComment = 16;
constexpr std::string_view kName = "wayside export 1";
constexpr std::size_t kBufferBytes = 256 * 1024;

/// The number behind `key` in `wayside export 1; database …; readings 5; before 7`.
std::optional<std::string_view> word_behind(std::string_view comment, std::string_view key) {
  const std::string wanted = "; " + std::string(key) + " ";
  const std::size_t at = comment.find(wanted);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = comment.substr(at + wanted.size());
  return rest.substr(0, rest.find(';'));
}

std::optional<std::int64_t> number_behind(std::string_view comment, std::string_view key) {
  const auto word = word_behind(comment, key);
  std::int64_t number = 0;
  if (!word) return std::nullopt;
  const auto [end, error] = std::from_chars(word->data(), word->data() + word->size(), number);
  return error == std::errc() && end == word->data() + word->size() ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string ExportMark::text() const {
  return std::string(kName) + "; database " + database_id + "; readings " + std::to_string(readings) + "; before " +
         std::to_string(before);
}

std::optional<ExportMark> ExportMark::of_file(std::string_view beginning) {
  if (beginning.size() <= kHeaderBytes || !beginning.starts_with("\x1f\x8b") || beginning[3] != kOnlyComment)
    return std::nullopt;
  const std::string_view rest = beginning.substr(kHeaderBytes);
  const std::size_t end = rest.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view comment = rest.substr(0, end);
  const auto database = word_behind(comment, "database");
  const auto readings = number_behind(comment, "readings");
  const auto before = number_behind(comment, "before");
  if (!comment.starts_with(kName) || !database || !readings || !before) return std::nullopt;
  return ExportMark{std::string(*database), *readings, *before};
}

Status ExportFile::pass_on(std::string_view text, bool last) {
  gzip_.feed(text, last, buffer_);
  if (!last && buffer_.size() < kBufferBytes) return {};
  for (std::size_t sent = 0; sent < buffer_.size();) {
    const ssize_t written = ::write(fd_, buffer_.data() + sent, buffer_.size() - sent);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Error{std::string("writing: ") + std::strerror(errno), "check the disk's room"};
    sent += static_cast<std::size_t>(written);
  }
  bytes_ += static_cast<std::int64_t>(buffer_.size());
  buffer_.clear();
  return {};
}

}  // namespace wayside::central
