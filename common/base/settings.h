#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace wayside {

/// A password or token. It is read from a file or from the environment and never written anywhere.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  bool empty() const { return value_.empty(); }
  const std::string& reveal() const { return value_; }

 private:
  std::string value_;
};

class SettingsVisitor;

/// A group of settings: one `describe` states name, default, bounds and meaning of each; loading, printing and the
/// example file all come from it. The defaults are the member initialisers.
class SettingsGroup {
 public:
  virtual ~SettingsGroup() = default;
  virtual void describe(SettingsVisitor& visitor) = 0;
  /// Rules over several fields; called after loading. The error names the field ("lat: …").
  virtual Status validate() const { return {}; }
};

struct IntegerBounds {
  std::int64_t min = 0;
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

struct RealBounds {
  double min = -std::numeric_limits<double>::max();
  double max = std::numeric_limits<double>::max();
};

enum class Presence { kOptional, kRequired };

/// What `describe` calls, one call a field. `doc` is one or two sentences for the example file.
class SettingsVisitor {
 public:
  virtual ~SettingsVisitor() = default;
  virtual void text(std::string_view name, std::string& value, std::string_view doc,
                    Presence presence = Presence::kOptional) = 0;
  virtual void choice(std::string_view name, std::string& value, const std::vector<std::string>& choices,
                      std::string_view doc) = 0;
  virtual void integer(std::string_view name, std::int64_t& value, IntegerBounds bounds, std::string_view doc) = 0;
  virtual void real(std::string_view name, double& value, RealBounds bounds, std::string_view doc,
                    Presence presence = Presence::kOptional) = 0;
  virtual void boolean(std::string_view name, bool& value, std::string_view doc) = 0;
  virtual void texts(std::string_view name, std::vector<std::string>& value, std::string_view doc) = 0;
  /// Key `<name>_file` names a file whose first line is the secret; the environment variable, when not empty, wins over
  /// it (an empty `environment` means there is none). The secret itself under `<name>` is refused without being shown.
  virtual void secret(std::string_view name, Secret& value, std::string_view environment, std::string_view doc) = 0;
  virtual void group(std::string_view name, SettingsGroup& value, std::string_view doc) = 0;
  /// `[[name]]` tables. `add` appends one default item and returns it; `items` returns those that exist.
  virtual void list(std::string_view name, const std::function<SettingsGroup&()>& add,
                    const std::function<std::vector<SettingsGroup*>()>& items, std::string_view doc) = 0;

  template <class Group>
  void list_of(std::string_view name, std::vector<std::unique_ptr<Group>>& value, std::string_view doc) {
    list(
        name,
        [&value]() -> SettingsGroup& {
          value.push_back(std::make_unique<Group>());
          return *value.back();
        },
        [&value] {
          std::vector<SettingsGroup*> items;
          items.reserve(value.size());
          for (auto& item : value) items.push_back(item.get());
          return items;
        },
        doc);
  }
};

/// Fills `settings` from a TOML text and then from overrides of the form `mqtt.port=1884` (values in TOML, a bare word
/// is text; `source.0.url=…` reaches into a list). An unknown key, a wrong type or a value out of bounds is an error
/// `field: why (got value)` with a hint.
Status load_settings(SettingsGroup& settings, std::string_view toml, const std::vector<std::string>& overrides);

/// The example file: every field with its doc, bounds and default, commented out as `#name = value` (doc lines begin
/// with `# `), so that it loads as it is.
std::string example_settings(SettingsGroup& settings);

/// `mqtt.host=127.0.0.1 mqtt.port=1883 …` for the log at start; secrets, and passwords inside URLs, as [secret].
std::string print_settings(SettingsGroup& settings);

}  // namespace wayside
