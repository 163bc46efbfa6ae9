#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/base/result.h"

namespace boost::asio {
class io_context;
}

namespace wayside::edge {

struct FetchRequest {
  std::string url;
  std::string if_none_match;  ///< ETag of what is already there; empty: none
  std::uint32_t timeout_s = 30;
  std::size_t bytes_max = 64 * 1024 * 1024;
};

struct FetchAnswer {
  int status = 0;  ///< 200, 304, 404 …
  std::string body;
  std::string etag;
  std::optional<std::uint32_t> retry_after_s;
};

/// Seam: fetches a URL. Answers on the loop; an error (which does not name the URL) means that there was no HTTP answer at
/// all.
class HttpFetcher {
 public:
  using Done = std::function<void(Result<FetchAnswer>)>;
  virtual ~HttpFetcher() = default;
  virtual void fetch(FetchRequest request, Done done) = 0;
};

/// The URL without user, password and query, any of which may be a secret: for logs and health.
std::string url_for_people(const std::string& url);

/// libcurl (TLS, gzip, redirects) in a thread of its own, one request at a time. The library is loaded when the first
/// fetcher is made: agents without an HTTP source do not carry it. `ca_file` empty: the system's authorities.
Result<std::unique_ptr<HttpFetcher>> make_curl_fetcher(boost::asio::io_context& loop, const std::string& ca_file);

}  // namespace wayside::edge
