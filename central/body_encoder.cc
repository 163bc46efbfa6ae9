#include "central/body_encoder.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>

#include "central/answer_format.h"
#include "common/base/result.h"

namespace wayside::central {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib: +16 writes a gzip header
constexpr int kUnknownSystem = 255;   // RFC 1952
constexpr int kGzipLevel = 2;         // a third smaller than 1 on station lists at a tenth more time
constexpr int kZstdLevel = 3;
constexpr int kZstdWindowLog = 19;  // 512 kB: every client takes it, and many streams fit into memory
constexpr std::size_t kStep = 64 * 1024;

}  // namespace

struct BodyEncoder::Gzip {
  explicit Gzip(std::string gzip_comment) : comment(std::move(gzip_comment)) {
    WAYSIDE_CHECK(deflateInit2(&stream, kGzipLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    if (comment.empty()) return;
    header.comment = reinterpret_cast<Bytef*>(comment.data());
    header.os = kUnknownSystem;
    WAYSIDE_CHECK(deflateSetHeader(&stream, &header) == Z_OK);
  }
  ~Gzip() { deflateEnd(&stream); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  void feed(std::string_view in, bool last, std::string& out) {
    do {
      const std::size_t bytes = std::min<std::size_t>(in.size(), 1U << 30);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
      stream.avail_in = static_cast<uInt>(bytes);
      in.remove_prefix(bytes);
      do {
        const std::size_t before = out.size();
        out.resize(before + kStep);
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
        stream.avail_out = kStep;
        deflate(&stream, last && in.empty() ? Z_FINISH : Z_NO_FLUSH);
        out.resize(before + kStep - stream.avail_out);
      } while (stream.avail_out == 0);
    } while (!in.empty());
  }

  z_stream stream{};
  std::string comment;  // zlib reads both while it writes the header
  gz_header header{};
};

struct BodyEncoder::Zstd {
  explicit Zstd(std::size_t bytes_known) : context(ZSTD_createCCtx(), ZSTD_freeCCtx) {
    WAYSIDE_CHECK(context != nullptr);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kZstdLevel);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, kZstdWindowLog);
    if (bytes_known != 0) ZSTD_CCtx_setPledgedSrcSize(context.get(), bytes_known);
  }

  void feed(std::string_view bytes, bool last, std::string& out) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
      const std::size_t before = out.size();
      out.resize(before + kStep);
      ZSTD_outBuffer to{out.data() + before, kStep, 0};
      const std::size_t left = ZSTD_compressStream2(context.get(), &to, &in, last ? ZSTD_e_end : ZSTD_e_continue);
      WAYSIDE_CHECK(ZSTD_isError(left) == 0);
      out.resize(before + to.pos);
      if (last ? left == 0 : in.pos == in.size) return;
    }
  }

  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context;
};

Coding choose_coding(const HttpRequest& request) {
  if (takes_coding(request, "zstd")) return Coding::kZstd;
  return takes_coding(request, "gzip") ? Coding::kGzip : Coding::kNone;
}

std::string_view to_text(Coding coding) {
  if (coding == Coding::kNone) return {};
  return coding == Coding::kGzip ? "gzip" : "zstd";
}

BodyEncoder::BodyEncoder(Coding coding, std::size_t bytes_known, std::string gzip_comment) {
  if (coding == Coding::kGzip) gzip_ = std::make_unique<Gzip>(std::move(gzip_comment));
  if (coding == Coding::kZstd) zstd_ = std::make_unique<Zstd>(bytes_known);
}
BodyEncoder::~BodyEncoder() = default;
BodyEncoder::BodyEncoder(BodyEncoder&&) noexcept = default;

void BodyEncoder::feed(std::string_view in, bool last, std::string& out) {
  if (gzip_ != nullptr) return gzip_->feed(in, last, out);
  if (zstd_ != nullptr) return zstd_->feed(in, last, out);
  out += in;
}

}  // namespace wayside::central
