#include "central/field_picker.h"

#include <charconv>

namespace wayside::central {

Result<ShapeNames> ShapeNames::open(SqlDatabase& database) {
  ShapeNames names;
  auto select = database.prepare("SELECT keys FROM shape WHERE shape_pk = ?1");
  if (!select) return std::move(select).error();
  names.select_ = std::move(*select);
  return names;
}

Result<std::string_view> ShapeNames::names(std::int64_t shape) {
  const auto known = known_.find(shape);
  if (known != known_.end()) return std::string_view(known->second);
  std::string text;
  auto row = select_.bind(1, shape).step();
  if (!row) return std::move(row).error();
  if (*row) {
    text = select_.text(0);
    select_.reset();
  } else if (shape != 0) {
    return std::string_view();  // not yet seen by this connection's state: ask again next time
  }
  return std::string_view(known_.emplace(shape, std::move(text)).first->second);
}

int FieldPicker::place_of(std::string_view quoted_name) const {
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    if (quoted_name.size() == wanted_[i].size() + 2 && quoted_name.substr(1, wanted_[i].size()) == wanted_[i]) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

Result<const std::vector<int>*> FieldPicker::places(std::int64_t shape) {
  const auto known = places_.find(shape);
  if (known != places_.end()) return &known->second;
  auto names = shapes_->names(shape);
  if (!names) return std::move(names).error();
  split_cells(*names, cells_);
  std::vector<int> places;
  for (const std::string_view name : cells_) places.push_back(place_of(name));
  return &places_.emplace(shape, std::move(places)).first->second;
}

Result<std::span<std::string_view>> FieldPicker::pick(const SilverRow& row) {
  picked_.assign(wanted_.size(), {});
  if (row.shape == 0) {
    split_object(row.cells, fields_);
    for (const JsonField& field : fields_) {
      if (const int place = place_of(field.name); place >= 0) picked_[static_cast<std::size_t>(place)] = field.value;
    }
    return std::span<std::string_view>(picked_);
  }
  auto found = places(row.shape);
  if (!found) return std::move(found).error();
  const std::vector<int>& of_cells = **found;
  split_cells(row.cells, cells_);
  for (std::size_t i = 0; i < cells_.size() && i < of_cells.size(); ++i) {
    if (of_cells[i] >= 0) picked_[static_cast<std::size_t>(of_cells[i])] = cells_[i];
  }
  return std::span<std::string_view>(picked_);
}

std::optional<double> number_of(std::string_view json) {
  double value = 0;
  const auto parsed = std::from_chars(json.data(), json.data() + json.size(), value);
  if (json.empty() || parsed.ec != std::errc() || parsed.ptr != json.data() + json.size()) return std::nullopt;
  return value;
}

}  // namespace wayside::central
