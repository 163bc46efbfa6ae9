#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wayside {

/// Cuts the text of a JSON array at its top level, by brackets and quotes alone, so that an item that is no JSON does not
/// take its neighbours along. A text that is no array is one piece. The text must outlive the cutter.
class ArrayCutter {
 public:
  explicit ArrayCutter(std::string_view text);
  /// The next item without the blanks around it, or nothing at the end. Empty items are left out; what stands behind the
  /// array's end is an item of its own.
  std::optional<std::string_view> next();

 private:
  std::string_view take_item();

  std::string_view rest_;
  bool in_array_;
};

/// Whose reading a text is, as far as its top-level members say so although the text is no JSON. Empty and 0: not
/// readable, or said twice. Only what the contract allows is taken over.
struct BrokenIdentity {
  std::string station_id;
  std::string epoch;
  std::uint64_t seq = 0;
};
/// Of epoch and seq, both or none.
BrokenIdentity identity_of_broken(std::string_view text);

}  // namespace wayside
