#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/http/server.h"

namespace wayside::central {

/// An error answer as RFC 9457 says: `detail` tells what to change.
HttpResponse problem(int status, std::string_view title, std::string_view detail);
/// 400 for a parameter that cannot be read.
HttpResponse bad_parameter(const Error& error);
/// 500 for a failure of ours; also logged.
HttpResponse failure(const Error& error);
HttpResponse json_answer(std::string body, int status = 200);

/// Headers that every answer carries: what a browser may do with it.
void add_security_headers(HttpResponse& response);
/// Compresses a large body when the client takes gzip. Takes some milliseconds per megabyte: not for the main loop.
void compress(HttpResponse& response, const HttpRequest& request);
bool takes_gzip(const HttpRequest& request);

}  // namespace wayside::central
