// An exported file says in its header how many readings there were; the rest of it is plain gzip. tests/integration reads such files
// with Python.
#include "central/export_file.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdio>

namespace wayside::central {
namespace {

std::string written(const ExportMark& mark, const std::vector<std::string>& parts) {
  std::FILE* scratch = std::tmpfile();
  ExportFile file(::fileno(scratch), mark);
  for (const std::string& part : parts) EXPECT_TRUE(file.write(part).ok());
  EXPECT_TRUE(file.finish().ok());
  std::string bytes(static_cast<std::size_t>(file.bytes()) + 1, '\0');
  const ssize_t got = ::pread(::fileno(scratch), bytes.data(), bytes.size(), 0);
  bytes.resize(static_cast<std::size_t>(got));
  EXPECT_EQ(got, file.bytes());
  std::fclose(scratch);
  return bytes;
}

std::string unpacked(std::string gzip) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string out(4'000'000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(gzip.data());
  stream.avail_in = static_cast<uInt>(gzip.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST(ExportFile, is_gzip_with_a_mark) {
  std::vector<std::string> parts;
  std::string all;
  for (int i = 0; i < 300; ++i) all += parts.emplace_back(10'000, static_cast<char>('a' + i % 26));
  const std::string bytes = written({"0123456789abcdef", 123'456'789, 7}, parts);
  EXPECT_EQ(unpacked(bytes), all);
  const auto mark = ExportMark::of_file(std::string_view(bytes).substr(0, ExportMark::kBytesMax));
  ASSERT_TRUE(mark);
  EXPECT_EQ(mark->database_id, "0123456789abcdef");
  EXPECT_EQ(mark->readings, 123'456'789);
  EXPECT_EQ(mark->before, 7);
  EXPECT_EQ(written({"0123456789abcdef", 123'456'789, 7}, parts), bytes) << "the same content is the same bytes";
}

TEST(ExportFile, knows_other_files_from_its_own) {
  const std::string bytes = written({"id", 1, 2}, {"x"});
  for (std::size_t size = 0; size < 60; ++size) {
    const bool whole = size > bytes.find('\0', 10);
    EXPECT_EQ(ExportMark::of_file(std::string_view(bytes).substr(0, size)).has_value(), whole) << size;
  }
  for (const char* comment :
       {"wayside export 2; database id; readings 1; before 2", "wayside export 1; database id; readings x; before 2",
        "wayside export 1; database id; readings 1", "backup"}) {
    std::string other(bytes.substr(0, 10));
    other.append(comment).append(1, '\0').append("rest");
    EXPECT_FALSE(ExportMark::of_file(other)) << comment;
  }
  EXPECT_FALSE(ExportMark::of_file("PAR1 and so on, which is no gzip file at all"));
}

}  // namespace
}  // namespace wayside::central
