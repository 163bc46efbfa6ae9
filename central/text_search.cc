#include "central/text_search.h"

#include <algorithm>

namespace wayside::central {
namespace {

/// Opening an index in memory fails only without memory, and SQLite without FTS5 is a build that cannot work.
template <class Value>
Value must(Result<Value> result) {
  WAYSIDE_CHECK(static_cast<bool>(result));
  return std::move(*result);
}

constexpr std::string_view kTable =
    "CREATE VIRTUAL TABLE place USING fts5(station_id, name, address, tokenize = 'unicode61 remove_diacritics 2', "
    "prefix = '1 2 3')";

bool same_texts(const StationInfo* a, const StationInfo* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->name == b->name && a->address == b->address;
}

bool word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

}  // namespace

TextSearch::TextSearch() : database_(must(SqlDatabase::open(":memory:"))) {
  WAYSIDE_CHECK(database_.execute(std::string(kTable)).ok());
  insert_ = must(database_.prepare("INSERT INTO place (rowid, station_id, name, address) VALUES (?1, ?2, ?3, ?4)"));
  delete_ = must(database_.prepare("DELETE FROM place WHERE rowid = ?1"));
  // A hit in the name weighs more than one in the street.
  select_ = must(database_.prepare(
      "SELECT station_id FROM place WHERE place MATCH ?1 AND rank MATCH 'bm25(1.0, 10.0, 4.0)' ORDER BY rank LIMIT ?2"));
}

void TextSearch::put(const std::string& station_id, const StationInfo* info, const StationInfo* before) {
  const auto [place, fresh] = row_of_.try_emplace(station_id, last_row_ + 1);
  if (!fresh && same_texts(info, before)) return;
  if (fresh) ++last_row_;
  if (!fresh) WAYSIDE_CHECK(delete_.bind(1, place->second).run().ok());
  insert_.bind(1, place->second).bind(2, station_id);
  insert_.bind(3, info == nullptr ? std::string_view() : std::string_view(info->name));
  insert_.bind(4, info == nullptr ? std::string_view() : std::string_view(info->address));
  WAYSIDE_CHECK(insert_.run().ok());
}

void TextSearch::remove(const std::string& station_id) {
  const auto place = row_of_.find(station_id);
  if (place == row_of_.end()) return;
  WAYSIDE_CHECK(delete_.bind(1, place->second).run().ok());
  row_of_.erase(place);
}

std::string fts_query(std::string_view words) {
  std::string query;
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find_first_of(std::string_view(" \t\r\n\v\f\0,;", 9), at), words.size());
    const std::string_view word = words.substr(at, end - at);
    at = end + 1;
    if (std::none_of(word.begin(), word.end(), word_byte)) continue;
    query += '"';
    for (const char c : word) c == '"' ? void(query += ' ') : void(query += c);
    query += "\"* ";
  }
  return query;
}

std::vector<std::string> TextSearch::find(std::string_view words) {
  std::vector<std::string> found;
  const std::string query = fts_query(words);
  if (query.empty()) return found;
  select_.bind(1, query).bind(2, static_cast<std::int64_t>(kFoundMax));
  // What the tokenizer leaves nothing of finds nothing.
  const Status read = select_.each_row([&found](const SqlStatement& row) { found.emplace_back(row.text(0)); });
  if (!read.ok()) select_.reset();
  return found;
}

}  // namespace wayside::central
