#include "central/central.h"
#include "central/central_settings.h"
#include "central/reset_command.h"
#include "common/base/program.h"

int main(int argc, char** argv) {
  wayside::central::CentralSettings settings;
  wayside::ProgramSpec spec;
  spec.name = "wayside-central";
  spec.description = "Folds Kafka's readings into one database and serves map, API and event stream.";
  spec.default_config = "/etc/wayside/central.toml";
  spec.settings = &settings;
  spec.log_level = &settings.log_level;
  wayside::central::ResetOptions reset;
  spec.commands = {{"reset",
                    "Takes the gaps in Kafka's log as they are: central goes on at what Kafka still has, and the ledger keeps "
                    "what was missed. Says what it will do first; central must not run.",
                    [&] { return wayside::central::run_reset(settings, reset); },
                    {{"--from", &reset.from, "Where to go on: earliest"}},
                    {{"--yes", &reset.yes, "Do not ask"}}}};
  spec.run = [&settings] { return wayside::central::run_central(settings, wayside::central::find_embedded_page); };
  return wayside::run_program(argc, argv, spec);
}
