#include "central/silver_block.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "central/column_codec.h"
#include "central/json_fields.h"

namespace wayside::central {
namespace {

constexpr std::uint64_t kFormat = 1;
enum Mode : std::uint64_t { kTexts, kNumbers, kOneText };
constexpr std::size_t kDigitsMax = 15;

Error damaged() { return {"a block of readings is damaged", "restore the database from a backup"}; }

/// A number as it is written: `mantissa` / 10^decimals.
struct Decimal {
  std::int64_t mantissa = 0;
  std::int64_t decimals = 0;
};

std::string to_text(const Decimal& value) {
  std::string digits = std::to_string(value.mantissa < 0 ? -value.mantissa : value.mantissa);
  const auto decimals = static_cast<std::size_t>(value.decimals);
  if (decimals > 0) {
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    digits.insert(digits.size() - decimals, 1, '.');
  }
  return value.mantissa < 0 ? "-" + digits : digits;
}

/// Nothing when the text is no plain number, or would not come back as it was.
std::optional<Decimal> parse_decimal(std::string_view text) {
  std::string digits;
  Decimal value;
  bool point = false;
  for (const char c : text.substr(text.starts_with('-') ? 1 : 0)) {
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      digits += c;
      value.decimals += point ? 1 : 0;
    } else {
      return std::nullopt;
    }
  }
  if (digits.empty() || digits.size() > kDigitsMax) return std::nullopt;
  std::from_chars(digits.data(), digits.data() + digits.size(), value.mantissa);
  if (text.front() == '-') value.mantissa = -value.mantissa;
  if (to_text(value) != text) return std::nullopt;
  return value;
}

std::int64_t power_of_ten(std::int64_t exponent) {
  std::int64_t power = 1;
  for (std::int64_t i = 0; i < exponent; ++i) power *= 10;
  return power;
}

/// All of them with one unit; nothing when they are not all numbers, or too many digits are needed.
bool write_as_numbers(ColumnWriter& out, std::span<const std::string_view> texts) {
  std::vector<std::int64_t> decimals;
  std::vector<std::int64_t> mantissas;
  for (const std::string_view text : texts) {
    const auto value = parse_decimal(text);
    if (!value) return false;
    decimals.push_back(value->decimals);
    mantissas.push_back(value->mantissa);
  }
  const std::int64_t finest = *std::max_element(decimals.begin(), decimals.end());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::int64_t scale = power_of_ten(finest - decimals[i]);
    if (std::abs(mantissas[i]) > power_of_ten(18) / scale) return false;
    mantissas[i] *= scale;
  }
  out.number(kNumbers);
  out.numbers(decimals);
  out.numbers(mantissas);
  return true;
}

void write_values(ColumnWriter& out, std::span<const std::string_view> texts) {
  if (std::all_of(texts.begin(), texts.end(), [&](std::string_view text) { return text == texts.front(); })) {
    out.number(kOneText);
    out.bytes(texts.front());
  } else if (!write_as_numbers(out, texts)) {
    out.number(kTexts);
    out.texts(texts);
  }
}

Result<std::vector<std::string>> read_values(ColumnReader& in, std::size_t count) {
  std::vector<std::string> values;
  auto mode = in.number();
  if (!mode) return std::move(mode).error();
  if (*mode == kOneText) {
    auto text = in.bytes();
    if (!text) return std::move(text).error();
    values.assign(count, std::string(*text));
  } else if (*mode == kTexts) {
    auto texts = in.texts(count);
    if (!texts) return std::move(texts).error();
    values.assign(texts->begin(), texts->end());
  } else if (*mode == kNumbers) {
    auto decimals = in.numbers(count);
    if (!decimals) return std::move(decimals).error();
    auto mantissas = in.numbers(count);
    if (!mantissas) return std::move(mantissas).error();
    const auto [least, finest] = std::minmax_element(decimals->begin(), decimals->end());
    if (count == 0 || *least < 0 || *finest > static_cast<std::int64_t>(kDigitsMax)) return damaged();
    for (std::size_t i = 0; i < count; ++i) {
      values.push_back(to_text({(*mantissas)[i] / power_of_ten(*finest - (*decimals)[i]), (*decimals)[i]}));
    }
  } else {
    return damaged();
  }
  return values;
}

/// The values of each row in columns; nothing when they cannot be put together again as they were.
std::optional<std::vector<std::vector<std::string_view>>> columns_of(const std::vector<const SilverRow*>& rows) {
  std::vector<std::vector<std::string_view>> columns;
  std::vector<std::string_view> cells;
  for (const SilverRow* row : rows) {
    split_cells(row->cells, cells);
    std::size_t size = cells.empty() ? 0 : cells.size() - 1;
    for (const std::string_view cell : cells) size += cell.size();
    if (size != row->cells.size() || cells.empty() || (!columns.empty() && columns.size() != cells.size())) return std::nullopt;
    columns.resize(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) columns[i].push_back(cells[i]);
  }
  return columns;
}

void write_shape(ColumnWriter& out, std::int64_t shape, const std::vector<const SilverRow*>& rows) {
  const auto columns = shape == 0 ? std::nullopt : columns_of(rows);
  out.number(columns ? columns->size() : 0);
  if (columns) {
    for (const auto& column : *columns) write_values(out, column);
    return;
  }
  std::vector<std::string_view> whole;
  whole.reserve(rows.size());
  for (const SilverRow* row : rows) whole.emplace_back(row->cells);
  write_values(out, whole);
}

Status read_shape(ColumnReader& in, const std::vector<SilverRow*>& rows) {
  auto columns = in.number();
  if (!columns) return std::move(columns).error();
  for (std::uint64_t column = 0; column < std::max<std::uint64_t>(1, *columns); ++column) {
    auto values = read_values(in, rows.size());
    if (!values) return std::move(values).error();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (column > 0) rows[i]->cells += ',';
      rows[i]->cells += (*values)[i];
    }
  }
  return {};
}

/// The rows of each shape, shapes in the order in which they appear.
template <class Row, class Rows>
std::vector<std::pair<std::int64_t, std::vector<Row*>>> by_shape(Rows& rows) {
  std::vector<std::pair<std::int64_t, std::vector<Row*>>> groups;
  for (auto& row : rows) {
    auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& known) { return known.first == row.shape; });
    if (group == groups.end()) {
      groups.emplace_back(row.shape, std::vector<Row*>());
      group = groups.end() - 1;
    }
    group->second.push_back(&row);
  }
  return groups;
}

/// The plain columns, and how each lies in a row.
template <class Use>
void each_column(Use use) {
  use([](auto& row) -> auto& { return row.key.observed_at; });
  use([](auto& row) -> auto& { return row.key.account; });
  use([](auto& row) -> auto& { return row.key.seq; });
  use([](auto& row) -> auto& { return row.received_at; });
  use([](auto& row) -> auto& { return row.stored_at; });
  use([](auto& row) -> auto& { return row.kafka_offset; });
  use([](auto& row) -> auto& { return row.clock; });
  use([](auto& row) -> auto& { return row.shape; });
}

/// Times that follow each other as their differences, and back. Unsigned, so that no time can overflow.
std::int64_t minus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

}  // namespace

Result<std::string> encode_silver(const std::vector<SilverRow>& rows) {
  ColumnWriter out;
  out.number(kFormat);
  out.number(rows.size());
  std::vector<SilverRow> relative;
  relative.reserve(rows.size());
  for (const SilverRow& row : rows) {
    relative.push_back({row.key,
                        minus(row.received_at, row.key.observed_at),
                        minus(row.stored_at, row.received_at),
                        row.kafka_offset,
                        row.clock,
                        row.shape,
                        {}});
  }
  std::vector<std::int64_t> values(rows.size());
  each_column([&](auto column) {
    for (std::size_t i = 0; i < relative.size(); ++i) values[i] = column(relative[i]);
    out.numbers(values);
  });
  for (const auto& [shape, of_shape] : by_shape<const SilverRow>(rows)) write_shape(out, shape, of_shape);
  return out.pack();
}

Result<std::vector<SilverRow>> decode_silver(std::string_view bytes) {
  auto in = ColumnReader::unpack(bytes);
  if (!in) return std::move(in).error();
  auto format = in->number();
  if (!format || *format != kFormat) return damaged();
  auto count = in->number();
  if (!count) return std::move(count).error();
  if (*count > bytes.size() * 100'000) return damaged();
  std::vector<SilverRow> rows(*count);
  Status status;
  each_column([&](auto column) {
    if (!status.ok()) return;
    auto values = in->numbers(rows.size());
    if (!values) {
      status = std::move(values).error();
      return;
    }
    for (std::size_t i = 0; i < rows.size(); ++i) column(rows[i]) = (*values)[i];
  });
  if (!status.ok()) return std::move(status).error();
  for (SilverRow& row : rows) {
    row.received_at = plus(row.received_at, row.key.observed_at);
    row.stored_at = plus(row.stored_at, row.received_at);
  }
  for (const auto& [shape, of_shape] : by_shape<SilverRow>(rows)) {
    if (auto read = read_shape(*in, of_shape); !read.ok()) return std::move(read).error();
  }
  return rows;
}

}  // namespace wayside::central
