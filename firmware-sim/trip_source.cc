#include "firmware-sim/trip_source.h"

#include <fstream>

#include "common/http/s3.h"

namespace wayside::sim {
namespace {

Status read_s3(const std::string& source, TripReader& reader) {
  auto place = S3Place::parse(source);
  if (!place) return std::move(place).error();
  if (place->key.empty()) return Error{"no object is named (got " + source + ")", "s3://bucket/path/file.csv"};
  return S3Store(S3Account::from_environment()).get(*place, [&](std::string_view bytes) { reader.feed(bytes); });
}

Status read_web(const std::string& source, TripReader& reader) {
  Transfer transfer{source};
  transfer.take = [&](std::string_view bytes) { reader.feed(bytes); };
  auto answer = run_transfer(transfer);
  if (!answer) return std::move(answer).error();
  if (answer->good()) return {};
  return Error{shown_address(source) + ": HTTP " + std::to_string(answer->status), "the address of a CSV file"};
}

Status read_file(const std::string& source, TripReader& reader) {
  std::ifstream file(source, std::ios::binary);
  if (!file) return Error{"cannot be read (got " + source + ")", "a CSV file, https://…, s3://bucket/key"};
  char bytes[64 * 1024];
  while (file.read(bytes, sizeof bytes) || file.gcount() > 0) reader.feed({bytes, static_cast<std::size_t>(file.gcount())});
  return {};
}

}  // namespace

Result<TripHistory> read_trips(const std::string& source) {
  TripReader reader;
  const bool web = source.starts_with("http://") || source.starts_with("https://");
  auto read = S3Place::names_one(source) ? read_s3(source, reader) : web ? read_web(source, reader) : read_file(source, reader);
  if (!read.ok()) return std::move(read).error().while_doing("trips");
  return reader.finish();
}

}  // namespace wayside::sim
