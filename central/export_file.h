#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "central/body_encoder.h"
#include "common/base/result.h"

namespace wayside::central {

/// What an exported file says about itself, in the comment of its gzip header: enough to know whether history has more now.
/// Silver only grows until it goes by age, so as many readings are the same readings.
struct ExportMark {
  static constexpr std::size_t kBytesMax = 512;  ///< of the file's beginning that hold it

  std::string database_id;
  std::int64_t readings = 0;  ///< of its day, when it was begun; it may have a few more
  std::int64_t before = 0;    ///< of the day before, by which its quality flags are judged

  std::string text() const;
  /// Nothing when no mark of ours is there.
  static std::optional<ExportMark> of_file(std::string_view beginning);
};

/// Writes one gzip file. Holds no more than some hundred kB.
class ExportFile {
 public:
  /// `fd` stays the caller's.
  ExportFile(int fd, const ExportMark& mark) : fd_(fd), gzip_(Coding::kGzip, 0, mark.text()) {}

  Status write(std::string_view text) { return pass_on(text, false); }
  Status finish() { return pass_on({}, true); }
  std::int64_t bytes() const { return bytes_; }

 private:
  Status pass_on(std::string_view text, bool last);

  int fd_;
  BodyEncoder gzip_;
  std::string buffer_;
  std::int64_t bytes_ = 0;
};

}  // namespace wayside::central
