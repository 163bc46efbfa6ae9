#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace wayside::edge {

/// A station as a table states it: all rows of one station together.
struct TableStation {
  std::string key;  ///< the table's station_id
  std::string kind;
  std::string name;
  std::string address;
  std::optional<double> lat;
  std::optional<double> lon;
  std::optional<double> capacity;
  std::vector<std::string> lines;
  std::map<std::string, std::int64_t> stop_sequence;  ///< by line: place of the station along it
};

/// Gathers stations from the rows of a CSV file or a database table. Not thread-safe.
class StationTable {
 public:
  /// The value of a column; empty: NULL, or no such column.
  using Row = std::function<std::string_view(std::string_view column)>;

  /// `kind` is taken where a row names none.
  explicit StationTable(std::string kind) : kind_(std::move(kind)) {}

  /// Nothing when the row was taken, else why it was not. What an earlier row of the same station said stays.
  std::optional<std::string> add(const Row& row);
  /// In the order of their first rows.
  const std::vector<TableStation>& stations() const { return stations_; }

 private:
  std::string kind_;
  std::vector<TableStation> stations_;
  std::map<std::string, std::size_t, std::less<>> places_;
};

/// All stations of a CSV file with a header line. `refused` is told of each row that could not be taken, with its reason.
Result<std::vector<TableStation>> read_station_file(
    const std::string& path, const std::string& kind,
    const std::function<void(const std::string& why, const std::string& row)>& refused);

/// The contract's station information, for a station that is called `station_id` and produces `streams`, each due every
/// `report_interval_s`.
std::string station_info_json(const TableStation& station, const std::string& station_id,
                              const std::vector<std::string>& streams, std::int64_t report_interval_s);

}  // namespace wayside::edge
