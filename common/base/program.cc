#include "common/base/program.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "common/base/log.h"
#include "common/base/service.h"
#include "common/base/version.h"

namespace wayside {
namespace {

Result<std::string> read_config(const std::string& path, bool must_exist) {
  std::ifstream file(path);
  std::error_code ignored;
  if (!file || std::filesystem::is_directory(path, ignored)) {
    if (!must_exist) return std::string();
    return Error{"--config: cannot be read (got " + path + ")", "check the path, or write one with --example-settings"};
  }
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Status prepare(const ProgramSpec& spec, const std::string& config, const std::vector<std::string>& overrides) {
  if (spec.settings == nullptr) return {};
  const std::string path = config.empty() ? spec.default_config : config;
  auto toml = read_config(path, !config.empty());
  if (!toml) return std::move(toml).error();
  if (auto loaded = load_settings(*spec.settings, *toml, overrides); !loaded.ok()) return loaded;
  auto level = parse_log_level(spec.log_level == nullptr ? "info" : *spec.log_level);
  if (!level) return std::move(level).error();
  log_start(spec.name, *level);
  return {};
}

}  // namespace

void print_error(const Error& error) {
  std::fprintf(stderr, "Error: %s\n", error.message.c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "Try: %s\n", error.hint.c_str());
}

void announce_ready(const std::string& details) {
  log_info("ready", {{"version", kVersion}, {"details", details}});
  service_ready();
}

int run_program(int argc, char** argv, const ProgramSpec& spec) {
  CLI::App app{spec.description, spec.name};
  std::string config;
  std::string level;
  std::vector<std::string> overrides;
  bool example = false;
  app.set_version_flag("--version", spec.name + " " + kVersion);
  if (spec.settings != nullptr) {
    app.add_option("--config", config,
                   "Settings file (TOML)" + (spec.default_config.empty() ? "" : "; default " + spec.default_config));
    app.add_option("--set", overrides, "Override one setting: --set mqtt.port=1884 (repeatable)")->allow_extra_args(false);
    app.add_option("--log-level", level, "debug, info, warn or error");
    app.add_flag("--example-settings", example, "Print a commented settings file and exit");
  }
  for (const ProgramFlag& flag : spec.flags) app.add_flag(flag.name, *flag.value, flag.description);
  for (const ProgramCommand& command : spec.commands) {
    CLI::App* sub = app.add_subcommand(command.name, command.description)->fallthrough();
    for (const ProgramOption& option : command.options) {
      sub->add_option(option.name, *option.value, option.description)->required(option.required);
    }
    for (const ProgramFlag& flag : command.flags) sub->add_flag(flag.name, *flag.value, flag.description);
  }
  if (!spec.run) app.require_subcommand(1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
  if (example) {
    std::cout << example_settings(*spec.settings);
    return 0;
  }
  if (!level.empty()) overrides.push_back("log_level=\"" + level + "\"");
  if (auto prepared = prepare(spec, config, overrides); !prepared.ok()) {
    print_error(prepared.error());
    return 2;
  }
  for (const ProgramCommand& command : spec.commands) {
    if (app.got_subcommand(command.name)) return command.run();
  }
  if (spec.settings != nullptr) {
    log_info("starting", {{"version", kVersion}, {"settings", print_settings(*spec.settings)}});
  }
  return spec.run();
}

}  // namespace wayside
