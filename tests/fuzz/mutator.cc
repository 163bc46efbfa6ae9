#include "tests/fuzz/mutator.h"

#include <algorithm>
#include <array>
#include <utility>

namespace wayside::fuzz {
namespace {

constexpr std::array<const char*, 16> kOddNumbers{"0",     "-1",         "65535",      "65536", "2147483648",           "-9999",
                                                  "1e308", "1e-320",     "1e999",      "nan",   "18446744073709551616", "0.1.2",
                                                  "--",    "0x7fffffff", "9999999999", ""};

}  // namespace

Mutator::Mutator(std::uint64_t seed, std::vector<std::string> inputs, std::vector<std::string> words, std::size_t bytes_max)
    : random_(seed), inputs_(std::move(inputs)), words_(std::move(words)), bytes_max_(bytes_max) {}

std::size_t Mutator::below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

std::string Mutator::next() {
  std::string bytes = inputs_[below(inputs_.size())];
  if (below(8) == 0) {  // cross two
    const std::string& other = inputs_[below(inputs_.size())];
    bytes = bytes.substr(0, below(bytes.size() + 1)) + other.substr(below(other.size() + 1));
  }
  for (std::size_t times = 1 + below(6); times > 0; --times) change(bytes);
  if (bytes.size() > bytes_max_) bytes.resize(bytes_max_);
  return bytes;
}

void Mutator::change(std::string& bytes) {
  const std::size_t at = below(bytes.size() + 1);
  const std::size_t size = std::min(below(16) + 1, bytes.size() - at);
  switch (below(9)) {
    case 0:
      if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
      break;
    case 1:
      if (at < bytes.size()) bytes[at] = static_cast<char>(below(256));
      break;
    case 2: bytes.erase(at, size); break;
    case 3: bytes.insert(at, bytes.substr(at, size)); break;
    case 4: bytes.insert(at, 1, static_cast<char>(below(256))); break;
    case 5: bytes.replace(at, size, kOddNumbers[below(kOddNumbers.size())]); break;
    case 6:
      if (!words_.empty()) bytes.insert(at, words_[below(words_.size())]);
      break;
    case 7: bytes.resize(at); break;
    default: bytes.insert(at, std::string(below(64), "[{\"9,\xff\0"[below(7)]));
  }
}

}  // namespace wayside::fuzz
