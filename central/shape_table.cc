#include "central/shape_table.h"

namespace wayside::central {

Result<ShapeTable> ShapeTable::open(SqlDatabase& database) {
  ShapeTable table;
  WAYSIDE_TRY(table.reload(database));
  auto insert = database.prepare("INSERT INTO shape (shape_pk, keys) VALUES (?1, ?2)");
  if (!insert) return std::move(insert).error();
  table.insert_ = std::move(*insert);
  return table;
}

Status ShapeTable::reload(SqlDatabase& database) {
  shapes_.clear();
  return database.each_row("SELECT shape_pk, keys FROM shape", [this](const SqlStatement& row) {
    shapes_.emplace(std::string(row.text(1)), ShapePk{row.integer(0)});
  });
}

Result<StoredValues> ShapeTable::store(std::string_view values) {
  split_object(values, fields_);
  names_.clear();
  StoredValues stored;
  for (const JsonField& field : fields_) {
    if (!names_.empty()) {
      names_ += ',';
      stored.cells += ',';
    }
    names_ += field.name;
    stored.cells += field.value;
  }
  auto known = shapes_.find(names_);
  if (known == shapes_.end()) {
    if (shapes_.size() >= kShapesMax) return StoredValues{ShapePk{0}, std::string(values)};
    const ShapePk pk{static_cast<std::int64_t>(shapes_.size()) + 1};
    WAYSIDE_TRY(insert_.bind(1, raw(pk)).bind(2, names_).run());
    known = shapes_.emplace(names_, pk).first;
  }
  stored.shape = known->second;
  return stored;
}

std::string restore_values(std::string_view names, std::string_view cells) {
  if (names.empty() && cells.starts_with('{')) return std::string(cells);
  std::vector<std::string_view> keys;
  std::vector<std::string_view> values;
  split_cells(names, keys);
  split_cells(cells, values);
  std::vector<JsonField> fields;
  for (std::size_t i = 0; i < keys.size() && i < values.size(); ++i) fields.push_back({keys[i], values[i]});
  return join_object(fields);
}

}  // namespace wayside::central
