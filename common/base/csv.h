#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wayside {

/// Cuts CSV (RFC 4180) into rows while its bytes come in: fields in quotes, doubled quotes, ends of line inside quotes, CR LF
/// or LF, a byte order mark in front. Empty lines are no rows. Not thread-safe.
class CsvSplitter {
 public:
  using OnRow = std::function<void(std::vector<std::string>& fields)>;

  explicit CsvSplitter(OnRow on_row) : on_row_(std::move(on_row)) {}
  void feed(std::string_view bytes);
  /// The last row, when no end of line stands behind it.
  void end();
  /// Rows over kRowBytesMax (a quote that never ends), which were cut there.
  std::size_t cut_rows() const { return cut_rows_; }

  static constexpr std::size_t kRowBytesMax = 64 * 1024;

 private:
  void take(char c);
  void end_field();
  void end_row();

  OnRow on_row_;
  std::vector<std::string> row_;
  std::string field_;
  std::size_t row_bytes_ = 0;
  std::size_t cut_rows_ = 0;
  std::size_t bom_ = 0;  // its bytes seen so far; 3: over
  bool quoted_ = false;
  bool quote_seen_ = false;  // inside quotes: the end, or the first of two
};

/// The names of a CSV's first row, for access by name.
class CsvHeader {
 public:
  CsvHeader() = default;
  explicit CsvHeader(const std::vector<std::string>& names);
  bool has(std::string_view name) const { return places_.find(name) != places_.end(); }
  /// The field of that name without blanks around it; empty when there is none.
  std::string_view field(const std::vector<std::string>& row, std::string_view name) const;
  std::size_t size() const { return places_.size(); }

 private:
  std::map<std::string, std::size_t, std::less<>> places_;
};

}  // namespace wayside
