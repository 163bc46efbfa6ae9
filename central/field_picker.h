#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "central/json_fields.h"
#include "central/silver_row.h"
#include "common/base/sqlite.h"

namespace wayside::central {

/// The lists of names of table `shape`, read as they are asked for. One connection; the database must outlive it.
class ShapeNames {
 public:
  static Result<ShapeNames> open(SqlDatabase& database);
  /// The names with their quotes, comma between them; empty for shape 0 and one that is not there.
  Result<std::string_view> names(std::int64_t shape);

 private:
  SqlStatement select_;
  std::unordered_map<std::int64_t, std::string> known_;
};

/// Picks some fields out of readings.
class FieldPicker {
 public:
  /// `wanted` are names without quotes; they and `shapes` must outlive the picker.
  FieldPicker(ShapeNames& shapes, std::span<const std::string_view> wanted) : shapes_(&shapes), wanted_(wanted) {}

  /// One JSON text for each wanted name, empty where the reading has none. Valid until the next call; may be written to.
  Result<std::span<std::string_view>> pick(const SilverRow& row);

 private:
  int place_of(std::string_view quoted_name) const;
  Result<const std::vector<int>*> places(std::int64_t shape);

  ShapeNames* shapes_;
  std::span<const std::string_view> wanted_;
  std::unordered_map<std::int64_t, std::vector<int>> places_;  ///< by shape: which wanted field each cell is, or -1
  std::vector<std::string_view> cells_;
  std::vector<JsonField> fields_;
  std::vector<std::string_view> picked_;
};

/// Nothing when the JSON text is no number.
std::optional<double> number_of(std::string_view json);

}  // namespace wayside::central
