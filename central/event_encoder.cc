#include "central/event_encoder.h"

#include <zlib.h>

#include "common/base/result.h"

namespace wayside::central {

// RFC 1952: magic, deflate, no flags, no time, no hint, unknown system. The trailer never comes: the stream never ends.
std::string gzip_stream_head() { return {'\x1f', '\x8b', '\x08', '\0', '\0', '\0', '\0', '\0', '\0', '\xff'}; }

std::string gzip_stream_part(std::string_view event) {
  constexpr int kLevel = 2;
  constexpr int kRawWindow = -15;  // zlib: negative leaves the header out
  z_stream stream{};
  WAYSIDE_CHECK(deflateInit2(&stream, kLevel, Z_DEFLATED, kRawWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, event.size()) + 16, '\0');  // 16: the empty block that ends on a whole byte
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(event.data()));
  stream.avail_in = static_cast<uInt>(event.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  WAYSIDE_CHECK(deflate(&stream, Z_FULL_FLUSH) == Z_OK && stream.avail_in == 0);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace wayside::central
