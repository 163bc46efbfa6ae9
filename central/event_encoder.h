#pragma once

#include <string>
#include <string_view>

namespace wayside::central {

/// A compressed event stream whose events are compressed once for all viewers: a gzip header, then each event as deflate
/// blocks that refer to nothing before them and end on a whole byte. Any events behind one header are one valid stream.
std::string gzip_stream_head();
std::string gzip_stream_part(std::string_view event);

}  // namespace wayside::central
