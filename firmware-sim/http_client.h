#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace boost::asio {
class io_context;
}

namespace wayside::sim {

struct HttpTarget {
  std::string host;
  std::string port;
  std::string authority() const { return host + ":" + port; }
};
/// `http://127.0.0.1:8085` (a path behind it is ignored); the error names the option.
Result<HttpTarget> parse_target(const std::string& url);

struct HttpReply {
  int status = 0;  ///< 0: no answer, see `error`
  std::string body;
  std::string error;
};

struct HttpCallOptions {
  HttpTarget target;
  std::vector<std::string> segments;  ///< the request as raw bytes, one TCP segment each
  std::chrono::milliseconds segment_gap{0};
  std::chrono::milliseconds timeout{15'000};
};

/// Sends raw bytes as a small device would, well formed or not, and reads one answer. `done` is called once, on the loop.
void http_call(boost::asio::io_context& loop, HttpCallOptions options, std::function<void(const HttpReply&)> done);

/// Status and body of a complete answer, or of what came before the peer closed; exposed for its test.
bool parse_reply(const std::string& bytes, bool at_end, HttpReply& reply);

}  // namespace wayside::sim
