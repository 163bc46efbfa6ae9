#pragma once

#include <string>

#include "central/central_settings.h"

namespace wayside::central {

struct ExportOptions {
  std::string since;   ///< 2026-05-19
  std::string until;   ///< not included
  std::string format;  ///< ndjson.gz, csv.gz
  std::string to;      ///< a folder, s3://bucket/prefix
};

/// `wayside-central export`: history into files `stream=…/date=…/part-0.<format>`, one for each stream and UTC day that has
/// readings. Reads beside a running central or without one. What lies there complete and cannot have changed is passed over,
/// what has got more readings since is written anew; what history has lost since by its age stays. Returns the exit code: 0
/// done, 1 it could not, 2 it was asked wrongly.
int run_export(const CentralSettings& settings, const ExportOptions& options);

}  // namespace wayside::central
