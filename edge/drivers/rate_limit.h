#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "common/base/clock.h"
#include "edge/token_bucket.h"

namespace wayside::edge {

/// A token bucket for each sender: so many a minute, of which all may come at once. Senders beyond `kSendersMax` take the
/// place of one that has been quiet, else of any: made-up names must not fill memory.
class RateLimit {
 public:
  explicit RateLimit(std::size_t per_minute) : per_minute_(per_minute) {}

  /// False when `sender` has had its share.
  bool take(const std::string& sender, MonoTime now) {
    auto found = buckets_.find(sender);
    if (found == buckets_.end()) {
      if (buckets_.size() >= kSendersMax) make_room(now);
      found = buckets_.emplace(sender, TokenBucket(static_cast<double>(per_minute_) / 60, per_minute_)).first;
    }
    if (found->second.available(now) == 0) return false;
    found->second.take(1);
    return true;
  }

  static constexpr std::size_t kSendersMax = 4096;

 private:
  void make_room(MonoTime now) {
    std::erase_if(buckets_, [&](const auto& entry) {
      TokenBucket bucket = entry.second;
      return bucket.available(now) == per_minute_;
    });
    if (buckets_.size() >= kSendersMax) buckets_.erase(buckets_.begin());
  }

  std::size_t per_minute_;
  std::map<std::string, TokenBucket> buckets_;
};

}  // namespace wayside::edge
