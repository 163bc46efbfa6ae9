#pragma once

#include <string>
#include <string_view>

namespace wayside::sim {

/// `text` as one gzip member (RFC 1952).
std::string gzip(std::string_view text);

}  // namespace wayside::sim
