#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "central/ids.h"
#include "central/json_fields.h"
#include "common/base/result.h"
#include "common/base/sqlite.h"

namespace wayside::central {

/// How the values of a reading lie in the database: the list of names by number, and the values behind each other.
struct StoredValues {
  ShapePk shape{0};
  std::string cells;
};

/// The lists of field names (table `shape`) and the way from a values object to its stored form. At most
/// kShapesMax lists are kept; objects with further ones are stored whole under shape 0.
class ShapeTable {
 public:
  static constexpr std::size_t kShapesMax = 10'000;

  static Result<ShapeTable> open(SqlDatabase& database);
  /// Makes a new shape when the names are new. `values` is a valid JSON object.
  Result<StoredValues> store(std::string_view values);
  /// Forgets shapes of a transaction that was rolled back.
  Status reload(SqlDatabase& database);

 private:
  std::unordered_map<std::string, ShapePk> shapes_;
  SqlStatement insert_;
  std::vector<JsonField> fields_;
  std::string names_;
};

/// The values object again. `names` is empty for shape 0.
std::string restore_values(std::string_view names, std::string_view cells);

}  // namespace wayside::central
