#include "common/base/settings.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace wayside {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string shown(const toml::node& node) {
  std::ostringstream out;
  if (const auto* text = node.as_string()) {
    out << '"' << text->get() << '"';
  } else if (node.is_table()) {
    return "a table";
  } else {
    node.visit([&out](const auto& value) { out << value; });
  }
  return out.str();
}

/// True for names whose values must not be shown, even where they stand by mistake.
bool names_a_secret(std::string_view name) {
  const auto has = [name](std::string_view part) { return name.find(part) != std::string_view::npos; };
  return !name.ends_with("_file") && (has("pass") || has("secret") || has("token"));
}

/// Fewest single-character edits between two names, for "did you mean".
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

class Loader final : public SettingsVisitor {
 public:
  Loader(const toml::table& table, std::string prefix) : table_(table), prefix_(std::move(prefix)) {}

  /// Runs the group over its table, then refuses keys that no field has claimed.
  Status load(SettingsGroup& settings) {
    settings.describe(*this);
    if (status_.ok()) refuse_unknown();
    if (status_.ok()) {
      if (auto valid = settings.validate(); !valid.ok()) {
        status_ = Error{prefix_ + valid.error().message, valid.error().hint};
      }
    }
    return status_;
  }

  void text(std::string_view name, std::string& value, std::string_view doc, Presence presence) override {
    const toml::node* node = find(name);
    if (node == nullptr) {
      if (presence == Presence::kRequired && value.empty()) fail(name, "is missing", "", std::string(doc));
    } else if (const auto* found = node->as_string()) {
      value = found->get();
      if (presence == Presence::kRequired && value.empty()) fail(name, "must not be empty", "\"\"", std::string(doc));
    } else {
      fail(name, "must be a text", shown(*node), "put the value in quotes");
    }
  }

  void choice(std::string_view name, std::string& value, const std::vector<std::string>& choices, std::string_view) override {
    const toml::node* node = find(name);
    if (node == nullptr) return;
    const auto* found = node->as_string();
    if (found == nullptr || std::find(choices.begin(), choices.end(), found->get()) == choices.end()) {
      return fail(name, "is not one of the choices", shown(*node), "one of " + joined(choices));
    }
    value = found->get();
  }

  void integer(std::string_view name, std::int64_t& value, IntegerBounds bounds, std::string_view) override {
    const toml::node* node = find(name);
    if (node == nullptr) return;
    const auto* found = node->as_integer();
    const std::string range = fmt::format("a whole number from {} to {}", bounds.min, bounds.max);
    if (found == nullptr) return fail(name, "must be a whole number", shown(*node), range);
    if (found->get() < bounds.min || found->get() > bounds.max) return fail(name, "is out of bounds", shown(*node), range);
    value = found->get();
  }

  void real(std::string_view name, double& value, RealBounds bounds, std::string_view doc, Presence presence) override {
    const toml::node* node = find(name);
    if (node == nullptr) {
      if (presence == Presence::kRequired && std::isnan(value)) fail(name, "is missing", "", std::string(doc));
      return;
    }
    const auto found = node->value<double>();
    if (!found || node->is_boolean() || !std::isfinite(*found)) {
      return fail(name, "must be a number", shown(*node), "a number without quotes");
    }
    if (*found < bounds.min || *found > bounds.max) {
      return fail(name, "is out of bounds", shown(*node), fmt::format("a number from {} to {}", bounds.min, bounds.max));
    }
    value = *found;
  }

  void boolean(std::string_view name, bool& value, std::string_view) override {
    const toml::node* node = find(name);
    if (node == nullptr) return;
    const auto* found = node->as_boolean();
    if (found == nullptr) return fail(name, "must be true or false", shown(*node), "true or false without quotes");
    value = found->get();
  }

  void texts(std::string_view name, std::vector<std::string>& value, std::string_view) override {
    const toml::node* node = find(name);
    if (node == nullptr) return;
    const auto* array = node->as_array();
    if (array == nullptr) return fail(name, "must be a list of texts", shown(*node), "[\"a\", \"b\"]");
    value.clear();
    for (const toml::node& item : *array) {
      const auto* found = item.as_string();
      if (found == nullptr) return fail(name, "must be a list of texts", shown(item), "[\"a\", \"b\"]");
      value.push_back(found->get());
    }
  }

  void secret(std::string_view name, Secret& value, std::string_view environment, std::string_view) override {
    const std::string key = std::string(name) + "_file";
    std::string path;
    text(key, path, "", Presence::kOptional);
    environments_.emplace(name, environment);
    // An empty variable is what scripts leave behind that had no secret to give.
    const char* from_environment = environment.empty() ? nullptr : std::getenv(std::string(environment).c_str());
    if (from_environment != nullptr && *from_environment != '\0') {
      value = Secret(from_environment);
      return;
    }
    if (path.empty()) return;
    std::ifstream file(path);
    std::string line;
    if (file) std::getline(file, line);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) {
      return fail(key, "cannot be read", path, "a readable file whose first line is the secret");
    }
    value = Secret(line);
  }

  void group(std::string_view name, SettingsGroup& value, std::string_view) override {
    const toml::node* node = find(name);
    static const toml::table kEmpty;
    const toml::table* table = node == nullptr ? &kEmpty : node->as_table();
    if (table == nullptr) return fail(name, "must be a table", shown(*node), "[" + std::string(name) + "]");
    load_child(*table, prefix_ + std::string(name) + ".", value);
  }

  void list(std::string_view name, const std::function<SettingsGroup&()>& add,
            const std::function<std::vector<SettingsGroup*>()>&, std::string_view) override {
    const toml::node* node = find(name);
    if (node == nullptr) return;
    const toml::array* array = node->as_array();
    if (array == nullptr) return fail(name, "must be a list of tables", shown(*node), "[[" + std::string(name) + "]]");
    for (std::size_t i = 0; i < array->size(); ++i) {
      const toml::table* table = array->get(i)->as_table();
      if (table == nullptr) return fail(name, "must be a list of tables", shown(*array), "[[" + std::string(name) + "]]");
      load_child(*table, fmt::format("{}{}.{}.", prefix_, name, i), add());
    }
  }

 private:
  void load_child(const toml::table& table, std::string prefix, SettingsGroup& value) {
    if (!status_.ok()) return;
    status_ = Loader(table, std::move(prefix)).load(value);
  }

  const toml::node* find(std::string_view name) {
    known_.emplace(name);
    return table_.get(name);
  }

  void fail(std::string_view name, std::string_view why, const std::string& got, std::string hint) {
    if (!status_.ok()) return;
    const std::string shown_value = got.empty() ? std::string() : " (got " + got + ")";
    status_ = Error{fmt::format("{}{}: {}{}", prefix_, name, why, shown_value), std::move(hint)};
  }

  void refuse_unknown() {
    for (const auto& [key, node] : table_) {
      if (known_.contains(std::string(key.str()))) continue;
      if (const auto secret = environments_.find(key.str()); secret != environments_.end()) {
        const std::string or_set = secret->second.empty() ? "" : ", or set " + secret->second;
        return fail(key.str(), "must not stand in the settings", "[secret]",
                    fmt::format("write it into a file and name that in {}{}_file{}", prefix_, secret->first, or_set));
      }
      const std::string got = names_a_secret(key.str()) ? "[secret]" : shown(node);
      return fail(key.str(), "is not a setting", got, suggestion(key.str()) + "see --example-settings");
    }
  }

  std::string suggestion(std::string_view key) const {
    std::string nearest;
    for (const std::string& name : known_) {
      if (nearest.empty() || distance(key, name) < distance(key, nearest)) nearest = name;
    }
    const bool like = !nearest.empty() && distance(key, nearest) <= std::max<std::size_t>(2, key.size() / 2);
    return like ? "did you mean " + prefix_ + nearest + "? Or " : "";
  }

  const toml::table& table_;
  std::string prefix_;
  std::set<std::string, std::less<>> known_;
  std::map<std::string, std::string, std::less<>> environments_;  ///< of the secrets, by name
  Status status_;
};

/// The node that one step of an override's path names, made when it is not there; null when the path does not fit.
toml::node* step_into(toml::node& at, const std::string& key) {
  if (auto* array = at.as_array()) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
    return error == std::errc() && end == key.data() + key.size() ? array->get(index) : nullptr;
  }
  auto* table = at.as_table();
  if (table == nullptr) return nullptr;
  if (table->get(key) == nullptr) table->insert(key, toml::table{});
  return table->get(key);
}

Status apply_override(toml::table& root, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return Error{"--set " + text + ": is not of the form name=value", "--set mqtt.port=1884"};
  }
  const std::string path = text.substr(0, equals);
  const std::string raw = text.substr(equals + 1);
  toml::table value;
  try {
    value = toml::parse("v = " + raw);
  } catch (const toml::parse_error&) {
    value = toml::table{{"v", raw}};  // a bare word
  }
  toml::node* at = &root;
  std::size_t begin = 0;
  for (std::size_t dot; (dot = path.find('.', begin)) != std::string::npos; begin = dot + 1) {
    at = step_into(*at, path.substr(begin, dot - begin));
    if (at == nullptr) return Error{"--set " + path + ": there is no such place", "see --example-settings"};
  }
  auto* table = at->as_table();
  if (table == nullptr) return Error{"--set " + path + ": there is no such place", "see --example-settings"};
  table->insert_or_assign(path.substr(begin), std::move(*value.get("v")));
  return {};
}

}  // namespace

Status load_settings(SettingsGroup& settings, std::string_view toml_text, const std::vector<std::string>& overrides) {
  toml::table root;
  try {
    root = toml::parse(toml_text);
  } catch (const toml::parse_error& error) {
    return Error{fmt::format("line {}: {}", error.source().begin.line, error.description()), "write it as TOML 1.0"};
  }
  for (const std::string& text : overrides) WAYSIDE_TRY(apply_override(root, text));
  return Loader(root, "").load(settings);
}

}  // namespace wayside
