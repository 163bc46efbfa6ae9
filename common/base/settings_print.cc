#include <fmt/format.h>

#include <cmath>

#include "common/base/settings.h"

namespace wayside {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string list_text(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += (out.empty() ? "" : ", ") + quoted(value);
  return "[" + out + "]";
}

std::string real_text(double value) { return std::isnan(value) ? "0.0" : fmt::format("{}", value); }

/// Writes each field as `#name = default` under its `# doc`: taking the '#' away sets it. Tables follow the plain fields, as TOML wants it.
class ExampleWriter final : public SettingsVisitor {
 public:
  ExampleWriter(std::string path, bool in_list) : path_(std::move(path)), in_list_(in_list) {}

  std::string write(SettingsGroup& settings) {
    settings.describe(*this);
    return fields_ + tables_;
  }

  void text(std::string_view name, std::string& value, std::string_view doc, Presence presence) override {
    field(name, quoted(value), doc, presence == Presence::kRequired ? "required" : "");
  }
  void choice(std::string_view name, std::string& value, const std::vector<std::string>& choices,
              std::string_view doc) override {
    std::string bounds = "one of";
    for (const std::string& choice : choices) bounds += " " + choice;
    field(name, quoted(value), doc, bounds);
  }
  void integer(std::string_view name, std::int64_t& value, IntegerBounds bounds, std::string_view doc) override {
    const bool open = bounds.max == std::numeric_limits<std::int64_t>::max();
    field(name, std::to_string(value), doc,
          open ? fmt::format("from {}", bounds.min) : fmt::format("{} to {}", bounds.min, bounds.max));
  }
  void real(std::string_view name, double& value, RealBounds bounds, std::string_view doc, Presence presence) override {
    const bool open = bounds.max == std::numeric_limits<double>::max();
    const bool open_below = bounds.min == -std::numeric_limits<double>::max();
    std::string text =
        open ? (open_below ? "" : fmt::format("from {}", bounds.min)) : fmt::format("{} to {}", bounds.min, bounds.max);
    if (presence == Presence::kRequired) text += text.empty() ? "required" : ", required";
    field(name, real_text(value), doc, text);
  }
  void boolean(std::string_view name, bool& value, std::string_view doc) override {
    field(name, value ? "true" : "false", doc, "");
  }
  void texts(std::string_view name, std::vector<std::string>& value, std::string_view doc) override {
    field(name, list_text(value), doc, "");
  }
  void secret(std::string_view name, Secret&, std::string_view environment, std::string_view doc) override {
    const std::string or_set = environment.empty() ? "" : "or the environment variable " + std::string(environment);
    field(std::string(name) + "_file", "\"\"", doc, or_set);
  }
  void group(std::string_view name, SettingsGroup& value, std::string_view doc) override {
    table(fmt::format("{}[{}{}]", in_list_ ? "#" : "", path_, name), name, value, doc, in_list_);
  }
  void list(std::string_view name, const std::function<SettingsGroup&()>& add,
            const std::function<std::vector<SettingsGroup*>()>& items, std::string_view doc) override {
    auto existing = items();
    if (existing.empty()) existing.push_back(&add());
    // Commented out with its fields: a heading alone would be an item that lacks what it requires.
    for (SettingsGroup* item : existing) table(fmt::format("#[[{}{}]]", path_, name), name, *item, doc, true);
  }

 private:
  void field(std::string_view name, const std::string& value, std::string_view doc, const std::string& bounds) {
    fields_ += fmt::format("# {}{}\n#{} = {}\n", doc, bounds.empty() ? "" : " (" + bounds + ")", name, value);
  }
  void table(const std::string& heading, std::string_view name, SettingsGroup& value, std::string_view doc, bool in_list) {
    tables_ += fmt::format("\n# {}\n{}\n", doc, heading);
    tables_ += ExampleWriter(path_ + std::string(name) + ".", in_list).write(value);
  }

  std::string path_;
  bool in_list_;
  std::string fields_;
  std::string tables_;
};

/// `https://user:password@host/?key=value` with its password and its query, which may hold a key, masked.
std::string without_secrets(std::string url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  const std::size_t begin = scheme + 3;
  const std::size_t query = url.find('?', begin);
  if (query != std::string::npos) url.replace(query + 1, std::string::npos, "[secret]");
  const std::size_t at = url.substr(0, url.find('/', begin)).rfind('@');
  const std::size_t colon = url.find(':', begin);
  if (at == std::string::npos || at < begin || colon > at) return url;
  return url.substr(0, colon + 1) + "[secret]" + url.substr(at);
}

/// `path.name=value` pairs in one line.
class LinePrinter final : public SettingsVisitor {
 public:
  explicit LinePrinter(std::string path) : path_(std::move(path)) {}

  std::string print(SettingsGroup& settings) {
    settings.describe(*this);
    return line_;
  }

  void text(std::string_view name, std::string& value, std::string_view, Presence) override {
    pair(name, without_secrets(value));
  }
  void choice(std::string_view name, std::string& value, const std::vector<std::string>&, std::string_view) override {
    pair(name, value);
  }
  void integer(std::string_view name, std::int64_t& value, IntegerBounds, std::string_view) override {
    pair(name, std::to_string(value));
  }
  void real(std::string_view name, double& value, RealBounds, std::string_view, Presence) override {
    pair(name, real_text(value));
  }
  void boolean(std::string_view name, bool& value, std::string_view) override { pair(name, value ? "true" : "false"); }
  void texts(std::string_view name, std::vector<std::string>& value, std::string_view) override {
    pair(name, list_text(value));
  }
  void secret(std::string_view name, Secret& value, std::string_view, std::string_view) override {
    pair(name, value.empty() ? "" : "[secret]");
  }
  void group(std::string_view name, SettingsGroup& value, std::string_view) override {
    add(LinePrinter(path_ + std::string(name) + ".").print(value));
  }
  void list(std::string_view name, const std::function<SettingsGroup&()>&,
            const std::function<std::vector<SettingsGroup*>()>& items, std::string_view) override {
    std::size_t index = 0;
    for (SettingsGroup* item : items()) add(LinePrinter(fmt::format("{}{}.{}.", path_, name, index++)).print(*item));
  }

 private:
  void pair(std::string_view name, const std::string& value) {
    if (!value.empty()) add(path_ + std::string(name) + "=" + value);
  }
  void add(const std::string& text) {
    if (!text.empty()) line_ += (line_.empty() ? "" : " ") + text;
  }

  std::string path_;
  std::string line_;
};

}  // namespace

std::string example_settings(SettingsGroup& settings) { return ExampleWriter("", false).write(settings); }
std::string print_settings(SettingsGroup& settings) { return LinePrinter("").print(settings); }

}  // namespace wayside
