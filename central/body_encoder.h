#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/http/server.h"

namespace wayside::central {

enum class Coding : std::uint8_t { kNone, kGzip, kZstd };

/// The best coding that the client takes: zstd is both smaller and faster to make than gzip.
Coding choose_coding(const HttpRequest& request);
/// The word of Content-Encoding; empty for kNone.
std::string_view to_text(Coding coding);

/// Compresses a body that comes in parts.
class BodyEncoder {
 public:
  /// `bytes_known`: size of the whole body where it is known, which saves memory; 0 where it is not.
  /// `gzip_comment`: stands in the header of a gzip file; Latin-1.
  explicit BodyEncoder(Coding coding, std::size_t bytes_known = 0, std::string gzip_comment = {});
  ~BodyEncoder();
  BodyEncoder(BodyEncoder&&) noexcept;
  BodyEncoder& operator=(BodyEncoder&&) = delete;

  /// Appends what is ready to `out`, which may be nothing until `last`.
  void feed(std::string_view in, bool last, std::string& out);

 private:
  struct Gzip;
  struct Zstd;
  std::unique_ptr<Gzip> gzip_;
  std::unique_ptr<Zstd> zstd_;
};

}  // namespace wayside::central
