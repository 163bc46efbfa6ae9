#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/base/settings.h"

namespace wayside {

struct ProgramFlag {
  std::string name;  ///< "--once"
  bool* value = nullptr;
  std::string description;
};

struct ProgramOption {
  std::string name;  ///< "--from"
  std::string* value = nullptr;
  std::string description;
  bool required = true;
};

/// A subcommand such as `wayside-bridge topics`, with options of its own, and flags.
struct ProgramCommand {
  std::string name;
  std::string description;
  std::function<int()> run;
  std::vector<ProgramOption> options = {};
  std::vector<ProgramFlag> flags = {};
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
