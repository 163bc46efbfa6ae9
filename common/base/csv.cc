#include "common/base/csv.h"

namespace wayside {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

void CsvSplitter::feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (bom_ < kByteOrderMark.size()) {
      if (c == kByteOrderMark[bom_]) {
        ++bom_;
        continue;
      }
      for (const char skipped : kByteOrderMark.substr(0, bom_)) field_ += skipped;
      bom_ = kByteOrderMark.size();
    }
    take(c);
  }
}

void CsvSplitter::take(char c) {
  if (++row_bytes_ > kRowBytesMax) {
    ++cut_rows_;
    quoted_ = quote_seen_ = false;
    end_row();
    return;
  }
  if (quoted_) {
    if (!quote_seen_ && c == '"') {
      quote_seen_ = true;
      return;
    }
    if (!quote_seen_ || c == '"') {
      field_ += c;
      quote_seen_ = false;
      return;
    }
    quoted_ = quote_seen_ = false;
  } else if (c == '"' && field_.empty()) {
    quoted_ = true;
    return;
  }
  if (c == ',') return end_field();
  if (c == '\n') return end_row();
  if (c != '\r') field_ += c;
}

void CsvSplitter::end() {
  quoted_ = quote_seen_ = false;
  end_row();
}

void CsvSplitter::end_field() {
  row_.push_back(std::move(field_));
  field_.clear();
}

void CsvSplitter::end_row() {
  row_bytes_ = 0;
  if (row_.empty() && field_.empty()) return;
  end_field();
  on_row_(row_);
  row_.clear();
}

CsvHeader::CsvHeader(const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) places_.emplace(trimmed(names[i]), i);
}

std::string_view CsvHeader::field(const std::vector<std::string>& row, std::string_view name) const {
  const auto found = places_.find(name);
  if (found == places_.end() || found->second >= row.size()) return {};
  return trimmed(row[found->second]);
}

}  // namespace wayside
