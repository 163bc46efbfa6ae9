#include "central/central.h"
#include "central/central_settings.h"
#include "common/base/program.h"

int main(int argc, char** argv) {
  wayside::central::CentralSettings settings;
  wayside::ProgramSpec spec;
  spec.name = "wayside-central";
  spec.description = "Folds Kafka's readings into one database and serves map, API and event stream.";
  spec.default_config = "/etc/wayside/central.toml";
  spec.settings = &settings;
  spec.log_level = &settings.log_level;
  spec.run = [&settings] { return wayside::central::run_central(settings, wayside::central::find_embedded_page); };
  return wayside::run_program(argc, argv, spec);
}
