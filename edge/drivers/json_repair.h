#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wayside::edge {

/// JSON text in which one byte or number would cost the whole document, made readable: invalid UTF-8 becomes U+FFFD, and a
/// number that no double holds (1e400) becomes a text, so that it costs its own field. The rest is unchanged.
std::string repaired_json(std::string_view text);

/// The number that a text is as a whole ("7", "-1.5"), finite; nothing when it is none.
std::optional<double> number_in(std::string_view text);

}  // namespace wayside::edge
