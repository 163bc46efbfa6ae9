#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/http/server.h"

namespace wayside::central {

/// An error answer as RFC 9457 says: `detail` tells what to change.
HttpResponse problem(int status, std::string_view title, std::string_view detail);
/// 400 for a parameter that cannot be read.
HttpResponse bad_parameter(const Error& error);
/// 500 for a failure of ours; also logged.
HttpResponse failure(const Error& error);
/// An answer that a client may keep as long as it asks each time whether it still holds.
HttpResponse json_answer(std::string body, int status = 200);
HttpResponse text_answer(std::string body, std::string_view content_type);

/// What a browser may do with the page: its own files and central's answers, and of `hosts` (scheme, host, port) data and
/// images.
std::string content_security_policy(const std::vector<std::string>& hosts);
/// Headers that every answer carries: what a browser may do with it. A policy that it has already stays.
void add_security_headers(HttpResponse& response);
/// Gives the answer its ETag, a weak one: the ages in two answers of one tag may differ. `mark` changes with the content.
void set_etag(HttpResponse& response, std::uint64_t mark);
/// Makes it a 304 without a body when the client has it already.
void answer_if_changed(HttpResponse& response, const HttpRequest& request);
/// The last steps of a whole answer: ETag (of its bytes unless it has one), 304, compression where the client takes it.
/// Takes some milliseconds per megabyte: large ones not on the main loop.
void finish_answer(HttpResponse& response, const HttpRequest& request);
/// From this size on a body is worth compressing, and too large for the main loop.
inline constexpr std::size_t kLargeBody = 32 * 1024;

}  // namespace wayside::central
