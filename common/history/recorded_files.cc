#include "common/history/recorded_files.h"

#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

extern char** environ;

namespace wayside {
namespace {

namespace fs = std::filesystem;

Status unpack(const std::string& archive, const std::string& folder) {
  std::array<std::string, 5> words{"tar", "-xf", archive, "-C", folder};
  std::array<char*, 6> arguments{};
  for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
  pid_t child = 0;
  const int failed = posix_spawnp(&child, "tar", nullptr, nullptr, arguments.data(), environ);
  if (failed != 0) return Error{std::string("starting tar: ") + std::strerror(failed), "install tar and xz-utils"};
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return Error{"unpacking " + archive + ": tar failed", "try it by hand: tar -tf " + archive};
  }
  return {};
}

std::vector<std::string> find_status_files(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("station_status") && name.ends_with(".json")) paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

Result<RecordedFiles> RecordedFiles::open(const std::string& path) {
  RecordedFiles files;
  std::string folder = path;
  if (!fs::is_directory(path)) {
    if (!fs::is_regular_file(path)) return Error{"does not exist (got " + path + ")", "a folder or a .tar.xz"};
    std::string name = (fs::temp_directory_path() / "wayside-recorded-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) return Error{"making a temporary folder: " + name, "check TMPDIR"};
    files.temporary_ = folder = name;
    WAYSIDE_TRY(unpack(path, folder));
  }
  files.paths_ = find_status_files(folder);
  if (files.paths_.empty()) {
    return Error{"no station_status*.json in it (got " + path + ")", "recorded station_status files"};
  }
  return files;
}

RecordedFiles::RecordedFiles(RecordedFiles&& other) noexcept
    : paths_(std::move(other.paths_)), temporary_(std::exchange(other.temporary_, {})) {}

RecordedFiles::~RecordedFiles() {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
}

}  // namespace wayside
