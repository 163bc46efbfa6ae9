#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/http/transfer.h"

namespace wayside {

/// An object, or with an empty key a bucket: `s3://bucket/key`.
struct S3Place {
  std::string bucket;
  std::string key;

  static bool names_one(std::string_view address) { return address.starts_with("s3://"); }
  static Result<S3Place> parse(std::string_view address);
  std::string address() const { return "s3://" + bucket + "/" + key; }
};

/// The http address of an object. Amazon's buckets are hosts, those of another endpoint, and with a dot in their name, paths.
std::string s3_url(const S3Place& place, const S3Account& account);

/// One S3-compatible store. Calls block and try again as run_transfer says; errors say what the store said. Not thread-safe.
class S3Store {
 public:
  explicit S3Store(S3Account account, RetryPauses pauses = {}) : account_(std::move(account)), pauses_(pauses) {}

  /// Puts a file's bytes there, whole or not at all.
  Status put(const S3Place& place, int fd) const;
  /// The first bytes of an object, at most so many; nothing when there is no such object.
  Result<std::optional<std::string>> beginning(const S3Place& place, std::size_t bytes) const;
  /// Hands out a whole object.
  Status get(const S3Place& place, const std::function<void(std::string_view)>& take) const;

 private:
  Error refusal(const S3Place& place, const TransferAnswer& answer) const;

  S3Account account_;
  RetryPauses pauses_;
};

}  // namespace wayside
