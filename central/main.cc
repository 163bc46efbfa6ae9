#include "central/bronze.h"
#include "central/central.h"
#include "central/central_settings.h"
#include "central/export_command.h"
#include "central/import_command.h"
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
  wayside::central::ExportOptions exported;
  spec.commands = {{"reset",
                    "Takes the gaps in Kafka's log as they are: central goes on at what Kafka still has, and the ledger keeps "
                    "what was missed. Says what it will do first; central must not run.",
                    [&] { return wayside::central::run_reset(settings, reset); },
                    {{"--from", &reset.from, "Where to go on: earliest"}},
                    {{"--yes", &reset.yes, "Do not ask"}}},
                   {"export",
                    "Writes history into files by stream and UTC day, also beside a running central. Run again, it writes only "
                    "what is not there or has changed.",
                    [&] { return wayside::central::run_export(settings, exported); },
                    {{"--since", &exported.since, "First day: 2026-05-19"},
                     {"--until", &exported.until, "The day after the last one"},
                     {"--format", &exported.format, "ndjson.gz or csv.gz"},
                     {"--to", &exported.to,
                      "A folder, or s3://bucket/prefix with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and, for "
                      "another store than Amazon's, AWS_ENDPOINT_URL in the environment"}}}};
  wayside::central::BronzeCommand bronze;
  spec.commands.push_back({"bronze",
                           "Prints the raw records kept (bronze.dir), one JSON object a line.",
                           [&] { return wayside::central::run_bronze(settings.bronze, bronze); },
                           {{"--day", &bronze.day, "A day of Kafka's time, UTC: 2026-11-20", false},
                            {"--since", &bronze.since, "Kafka's time of the first, RFC 3339", false},
                            {"--until", &bronze.until, "Not from this time on, RFC 3339", false},
                            {"--topic", &bronze.topic, "Only of this topic", false}}});
  wayside::central::ImportOptions imported;
  spec.commands.push_back(
      {"import",
       "Brings recorded history into the database, each reading once however often it is run; central must not run.",
       [&] { return wayside::central::run_import(settings, imported); },
       {{"--from", &imported.from,
         "GBFS snapshots (a folder or .tar.xz of station_status*.json, or one of them), or a CSV of Citi Bike trips"},
        {"--stations", &imported.stations, "The snapshots' station_information.json: names and places", false},
        {"--prefix", &imported.prefix, "Put in front of each station id", false},
        {"--timezone", &imported.timezone, "Of the trips' times: America/New_York; else page.timezone, else UTC", false}}});
  spec.run = [&settings] { return wayside::central::run_central(settings, wayside::central::find_embedded_page); };
  return wayside::run_program(argc, argv, spec);
}
