#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace wayside::fuzz {

/// Makes new inputs of known ones: flips bits, changes, removes, doubles and swaps pieces, puts in odd numbers and words of the
/// format, and crosses two inputs. The same seed makes the same inputs.
class Mutator {
 public:
  Mutator(std::uint64_t seed, std::vector<std::string> inputs, std::vector<std::string> words, std::size_t bytes_max);
  std::string next();

 private:
  std::size_t below(std::size_t limit);
  void change(std::string& bytes);

  std::mt19937_64 random_;
  std::vector<std::string> inputs_;
  std::vector<std::string> words_;
  std::size_t bytes_max_;
};

}  // namespace wayside::fuzz
