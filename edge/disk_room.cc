#include "edge/disk_room.h"

#include <sys/statvfs.h>

#include "common/base/log.h"

namespace wayside::edge {

FreeBytes free_bytes_of(std::string path) {
  return [path = std::move(path)]() -> std::optional<std::uint64_t> {
    struct statvfs found {};
    if (::statvfs(path.c_str(), &found) != 0) return std::nullopt;
    return static_cast<std::uint64_t>(found.f_bavail) * found.f_frsize;
  };
}

Status DiskRoom::check() {
  if (!low()) return {};
  return Error{"the disk has less than " + std::to_string(free_min_) + " bytes free", "free space where state_dir lies"};
}

bool DiskRoom::low() {
  if (free_min_ == 0) return false;
  const auto free = free_();
  if (!free) return low_;
  const bool low = *free < (low_ ? free_min_ + free_min_ / 2 : free_min_);
  if (low && !low_) {
    log_error("disk_low", {{"free", *free},
                           {"free_min", free_min_},
                           {"try", "free space where state_dir lies; readings are refused until then"}});
  } else if (!low && low_) {
    log_info("disk_room", {{"free", *free}});
  }
  low_ = low;
  return low;
}

}  // namespace wayside::edge
