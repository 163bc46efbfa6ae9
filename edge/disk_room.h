#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "common/base/result.h"

namespace wayside::edge {

/// Free bytes of a file system for this user; nothing when that cannot be told.
using FreeBytes = std::function<std::optional<std::uint64_t>()>;
/// Of the file system on which `path` lies.
FreeBytes free_bytes_of(std::string path);

/// Watches that a file system keeps some free space. With hysteresis: low below `free_min`, enough again from half as much
/// more, so that it does not go to and fro with every file that somebody else writes.
class DiskRoom {
 public:
  /// `free_min` 0: never low.
  DiskRoom(std::uint64_t free_min, FreeBytes free) : free_min_(free_min), free_(std::move(free)) {}

  /// Looks; an error while it is low. Logs each change once.
  Status check();

 private:
  bool low();

  std::uint64_t free_min_;
  FreeBytes free_;
  bool low_ = false;
};

}  // namespace wayside::edge
