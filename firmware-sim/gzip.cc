#include "firmware-sim/gzip.h"

#include <zlib.h>

#include "common/base/result.h"

namespace wayside::sim {

std::string gzip(std::string_view text) {
  constexpr int kGzipWindow = 15 + 16;  // 16 asks zlib for the gzip wrapper
  z_stream stream{};
  WAYSIDE_CHECK(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  std::string input(text);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int result = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  WAYSIDE_CHECK(result == Z_STREAM_END);
  return packed;
}

}  // namespace wayside::sim
