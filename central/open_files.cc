#include "central/open_files.h"

#include <sys/resource.h>

#include <algorithm>
#include <limits>

#include "common/base/log.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kKeptFree = 128;

}  // namespace

std::int64_t raise_open_files_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::numeric_limits<std::int64_t>::max();
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  return static_cast<std::int64_t>(std::min<rlim_t>(limit.rlim_cur, std::numeric_limits<std::int64_t>::max()));
}

void fit_connections(HttpSettings& settings, std::int64_t open_files) {
  const std::int64_t most = std::max<std::int64_t>(1, open_files - kKeptFree);
  if (settings.connections_max <= most) return;
  settings.connections_max = most;
  settings.viewers_max = std::clamp<std::int64_t>(most * 3 / 4, 1, settings.viewers_max);
  log_warn("connections_capped", {{"open_files", open_files},
                                  {"connections_max", settings.connections_max},
                                  {"viewers_max", settings.viewers_max},
                                  {"try", "raise the limit of open files (LimitNOFILE=, ulimit -n)"}});
}

}  // namespace wayside::central
