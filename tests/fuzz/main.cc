// wayside-fuzz: runs the decoders on random input for a time each. `--seed` repeats a run; a crash prints the input before it.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

#include "tests/fuzz/mutator.h"
#include "tests/fuzz/targets.h"

namespace wayside::fuzz {
namespace {

constexpr std::size_t kKeptMax = 200;  // inputs that a run goes on from

// The last words of a crash: which target, seed and input. Sanitizers call it through abort or their death callback.
std::string g_current;

void print_current() {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "\nwayside-fuzz: the input, in hex: ";
  for (const char c : g_current) {
    text += kDigits[static_cast<unsigned char>(c) >> 4U];
    text += kDigits[static_cast<unsigned char>(c) & 15U];
  }
  text += "\n";
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) ::_exit(3);
}

void on_signal(int number) {
  print_current();
  ::signal(number, SIG_DFL);
  ::raise(number);
}

void run_target(const Target& target, std::uint64_t seed, double seconds) {
  Mutator mutator(seed, target.inputs, target.words, target.bytes_max);
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  for (const std::string& input : target.inputs) {
    g_current = input;
    target.run(g_current);
  }
  std::uint64_t runs = 0;
  std::chrono::duration<double> slowest{};
  while (std::chrono::steady_clock::now() < until) {
    g_current = mutator.next();
    if (target.mend && runs % 2 == 0) g_current = target.mend(std::move(g_current));
    const auto began = std::chrono::steady_clock::now();
    target.run(g_current);
    slowest = std::max<std::chrono::duration<double>>(slowest, std::chrono::steady_clock::now() - began);
    ++runs;
  }
  std::printf("%-24s %10llu inputs, slowest %.1f ms\n", target.name.c_str(), static_cast<unsigned long long>(runs),
              slowest.count() * 1e3);
  std::fflush(stdout);
}

int main_of(int argc, char** argv) {
  CLI::App app{"Decoders under random input.", "wayside-fuzz"};
  double seconds = 10;
  std::uint64_t seed = std::random_device{}();
  std::vector<std::string> only;
  std::string input;
  app.add_option("--seconds", seconds, "Time for each decoder");
  app.add_option("--seed", seed, "Of the random numbers");
  app.add_option("--target", only, "Only these decoders");
  app.add_option("--input", input, "Run the target on this file alone");
  CLI11_PARSE(app, argc, argv);
  for (const int number : {SIGABRT, SIGSEGV, SIGFPE, SIGILL}) ::signal(number, on_signal);
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::size_t ran = 0;
  for (const Target& target : targets()) {
    if (!only.empty() && std::find(only.begin(), only.end(), target.name) == only.end()) continue;
    ++ran;
    if (!input.empty()) {
      std::ifstream file(input, std::ios::binary);
      std::ostringstream text;
      text << file.rdbuf();
      g_current = text.str();
      target.run(g_current);
    } else {
      run_target(target, seed, seconds);
    }
  }
  std::printf("%zu decoders, no finding\n", ran);
  return ran == 0 ? 2 : 0;
}

}  // namespace
}  // namespace wayside::fuzz

int main(int argc, char** argv) { return wayside::fuzz::main_of(argc, argv); }
