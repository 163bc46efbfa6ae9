#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/base/settings.h"

namespace wayside {

/// A subcommand such as `wayside-bridge topics`.
struct ProgramCommand {
  std::string name;
  std::string description;
  std::function<int()> run;
  /// Commands that need no settings (a simulator's) may add options of their own instead: see ProgramSpec::flags.
};

struct ProgramFlag {
  std::string name;  ///< "--once"
  bool* value = nullptr;
  std::string description;
};

/// What all programs have in common: --config, --set, --log-level, --example-settings, --version, --help.
struct ProgramSpec {
  std::string name;
  std::string description;
  std::string default_config;         ///< read when it exists and --config is not given
  SettingsGroup* settings = nullptr;  ///< filled before `run` or a command is called
  std::string* log_level = nullptr;   ///< the settings' field that --log-level overrides
  std::vector<ProgramFlag> flags;
  std::vector<ProgramCommand> commands;
  std::function<int()> run;  ///< without a subcommand
};

/// Parses the command line, loads the settings, starts the log, prints the settings and runs. Returns the exit code:
/// 2 for a bad command line or bad settings, with `Error: field: why (got value)` and `Try: …` on stderr.
int run_program(int argc, char** argv, const ProgramSpec& spec);

/// Writes `Error: …` and `Try: …` to stderr.
void print_error(const Error& error);

/// Tells systemd (when it started us) that the program works, and logs event=ready.
void announce_ready(const std::string& details);

}  // namespace wayside
