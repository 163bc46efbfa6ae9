#include "central/gold_store.h"

#include <map>

#include "central/account.h"
#include "central/column_codec.h"

namespace wayside::central {
namespace {

constexpr std::uint64_t kFormat = 1;
enum Presence : std::uint64_t { kNone, kAll, kSome };

/// A column with holes: whether all, none or some of the cells are there, in the last case which, and those that are.
void write_column(ColumnWriter& out, const std::vector<GoldRow>& rows, std::size_t column) {
  std::vector<std::int64_t> present;
  std::vector<std::int64_t> values;
  for (const GoldRow& row : rows) {
    present.push_back(row.cells[column] ? 1 : 0);
    if (row.cells[column]) values.push_back(*row.cells[column]);
  }
  const Presence presence = values.empty() ? kNone : values.size() == rows.size() ? kAll : kSome;
  out.number(presence);
  if (presence == kSome) out.numbers(present);
  out.numbers(values);
}

Status read_column(ColumnReader& in, std::vector<GoldRow>& rows) {
  auto presence = in.number();
  if (!presence) return std::move(presence).error();
  std::vector<std::int64_t> present(rows.size(), *presence == kNone ? 0 : 1);
  if (*presence == kSome) {
    auto read = in.numbers(rows.size());
    if (!read) return std::move(read).error();
    present = std::move(*read);
  }
  std::size_t count = 0;
  for (const std::int64_t there : present) count += there != 0 ? 1 : 0;
  auto values = in.numbers(count);
  if (!values) return std::move(values).error();
  std::size_t next = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].cells.push_back(present[i] != 0 ? std::optional((*values)[next++]) : std::nullopt);
  }
  return {};
}

}  // namespace

std::int64_t gold_key(StationPk station, Stream stream, Resolution resolution, std::int64_t day) {
  constexpr std::int64_t kStreams = 16;
  constexpr std::int64_t kResolutions = 4;
  constexpr std::int64_t kDays = std::int64_t{1} << 24;
  return ((raw(station) * kStreams + static_cast<std::int64_t>(stream)) * kResolutions +
          static_cast<std::int64_t>(resolution)) *
             kDays +
         day;
}

Result<std::string> encode_gold(Stream stream, Resolution resolution, std::int64_t day, const std::vector<GoldRow>& rows) {
  ColumnWriter out;
  out.number(kFormat);
  out.number(rows.size());
  std::vector<std::int64_t> starts;
  bool groups = false;
  for (const GoldRow& row : rows) {
    starts.push_back((row.start - day * kDayMs) / width_ms(resolution));
    groups = groups || !row.group.empty();
  }
  out.numbers(starts);
  out.number(groups ? 1 : 0);
  if (groups) {
    std::map<std::string_view, std::int64_t> numbers;
    for (const GoldRow& row : rows) numbers.emplace(row.group, 0);
    std::vector<std::string_view> names;
    for (auto& [name, number] : numbers) {
      number = static_cast<std::int64_t>(names.size());
      names.push_back(name);
    }
    std::vector<std::int64_t> of_rows;
    of_rows.reserve(rows.size());
    for (const GoldRow& row : rows) of_rows.push_back(numbers.at(row.group));
    out.number(names.size());
    out.texts(names);
    out.numbers(of_rows);
  }
  const std::size_t columns = gold_columns(stream).size();
  out.number(columns);
  for (std::size_t column = 0; column < columns; ++column) write_column(out, rows, column);
  return out.pack();
}

namespace {

Error damaged_gold() { return {"a block of gold is damaged", "restore the database from a backup"}; }

Status read_groups(ColumnReader& in, std::vector<GoldRow>& rows) {
  auto count = in.number();
  if (!count) return std::move(count).error();
  auto names = in.texts(*count);
  if (!names) return std::move(names).error();
  auto of_rows = in.numbers(rows.size());
  if (!of_rows) return std::move(of_rows).error();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto number = static_cast<std::size_t>((*of_rows)[i]);
    if (number >= names->size()) return damaged_gold();
    rows[i].group = (*names)[number];
  }
  return {};
}

}  // namespace

Result<std::vector<GoldRow>> decode_gold(Stream stream, Resolution resolution, std::int64_t day, std::string_view bytes) {
  auto in = ColumnReader::unpack(bytes);
  if (!in) return std::move(in).error();
  auto format = in->number();
  if (!format || *format != kFormat) return damaged_gold();
  auto count = in->number();
  if (!count) return std::move(count).error();
  auto starts = in->numbers(*count);
  if (!starts) return std::move(starts).error();
  std::vector<GoldRow> rows(*count);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].start = day * kDayMs + (*starts)[i] * width_ms(resolution);
  auto groups = in->number();
  if (!groups) return std::move(groups).error();
  if (*groups != 0) {
    if (auto read = read_groups(*in, rows); !read.ok()) return std::move(read).error();
  }
  auto columns = in->number();
  if (!columns) return std::move(columns).error();
  // A block written before a column was appended does not have it.
  const std::size_t known = gold_columns(stream).size();
  if (*columns > known) return damaged_gold();
  for (std::uint64_t column = 0; column < *columns; ++column) {
    if (auto read = read_column(*in, rows); !read.ok()) return std::move(read).error();
  }
  for (GoldRow& row : rows) row.cells.resize(known);
  return rows;
}

Result<GoldStore> GoldStore::open(SqlDatabase& database) {
  GoldStore store;
  auto write = database.prepare("INSERT OR REPLACE INTO gold_block (gold_key, bytes) VALUES (?1, ?2)");
  if (!write) return std::move(write).error();
  auto remove = database.prepare("DELETE FROM gold_block WHERE gold_key = ?1");
  if (!remove) return std::move(remove).error();
  auto before = database.prepare("DELETE FROM gold_block WHERE gold_key >= ?1 AND gold_key < ?2");
  if (!before) return std::move(before).error();
  auto read = database.prepare("SELECT gold_key - ?1, bytes FROM gold_block WHERE gold_key BETWEEN ?1 + ?2 AND ?1 + ?3");
  if (!read) return std::move(read).error();
  store.write_ = std::move(*write);
  store.remove_ = std::move(*remove);
  store.remove_before_ = std::move(*before);
  store.read_ = std::move(*read);
  return store;
}

Status GoldStore::write(StationPk station, Stream stream, Resolution resolution, std::int64_t day,
                        const std::vector<GoldRow>& rows) {
  const std::int64_t key = gold_key(station, stream, resolution, day);
  if (rows.empty()) return remove_.bind(1, key).run();
  auto bytes = encode_gold(stream, resolution, day, rows);
  if (!bytes) return std::move(bytes).error();
  return write_.bind(1, key).bind_blob(2, *bytes).run();
}

Status GoldStore::remove_before(StationPk station, Stream stream, Resolution resolution, std::int64_t day) {
  if (day <= 0) return {};
  remove_before_.bind(1, gold_key(station, stream, resolution, 0));
  return remove_before_.bind(2, gold_key(station, stream, resolution, day)).run();
}

Status GoldStore::read(StationPk station, Stream stream, Resolution resolution, std::int64_t first, std::int64_t last,
                       const TakeDay& take) {
  Status status;
  read_.bind(1, gold_key(station, stream, resolution, 0)).bind(2, first).bind(3, last);
  WAYSIDE_TRY(read_.each_row([&](const SqlStatement& row) {
    auto rows = decode_gold(stream, resolution, row.integer(0), row.text(1));
    if (!rows) {
      status = std::move(rows).error();
      return false;
    }
    return take(row.integer(0), *rows);
  }));
  return status;
}

Result<bool> GoldStore::has(StationPk station, Stream stream, Resolution resolution, std::int64_t day) {
  read_.bind(1, gold_key(station, stream, resolution, 0)).bind(2, day).bind(3, day);
  auto row = read_.step();
  if (!row) return row;
  if (*row) read_.reset();
  return *row;
}

}  // namespace wayside::central
