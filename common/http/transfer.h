#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace wayside {

/// Who signs requests to an S3-compatible store, and where the store is.
struct S3Account {
  std::string key_id;
  std::string secret;
  std::string token;     ///< of temporary credentials
  std::string region;    ///< never empty
  std::string endpoint;  ///< `http(s)://host[:port]` of another store than Amazon's, without a slash at its end

  /// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION (or AWS_DEFAULT_REGION), AWS_ENDPOINT_URL_S3 (or
  /// AWS_ENDPOINT_URL), as Amazon's own tools read them.
  static S3Account from_environment();
  bool signs() const { return !key_id.empty() && !secret.empty(); }
};

/// One request: GET, or PUT of a file.
struct Transfer {
  std::string url;                 ///< http or https
  const S3Account* s3 = nullptr;   ///< of a request to a store: signed where it can be; redirects are not followed
  std::string range = {};          ///< `0-511`; empty: all of it
  int upload_fd = -1;              ///< the file to PUT, from its beginning
  std::int64_t upload_bytes = 0;   ///< its size
  std::string upload_sha256 = {};  ///< its hash, hexadecimal
  std::function<void(std::string_view bytes)> take = {};  ///< the body of a 2xx answer as it comes
};

struct TransferAnswer {
  long status = 0;
  std::string body;  ///< of an answer that is no 2xx; its first 4 kB

  bool good() const { return status >= 200 && status <= 299; }
};

struct RetryPauses {
  int tries = 6;
  int first_ms = 500;  ///< doubles
  int most_ms = 8000;
};

/// Blocks until there is an answer, whatever its status. No connection, a broken one and 408, 429, 500, 502, 503, 504 are tried
/// again, unless something of the body has been taken; each such try is logged. Addresses in errors and logs are without
/// passwords and queries.
Result<TransferAnswer> run_transfer(const Transfer& transfer, const RetryPauses& pauses = {});

/// The address without user, password and query.
std::string shown_address(std::string_view url);

}  // namespace wayside
