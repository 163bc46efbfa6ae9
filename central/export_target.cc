#include "central/export_target.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "common/http/s3.h"

namespace wayside::central {
namespace {

namespace fs = std::filesystem;

class OpenFile {
 public:
  OpenFile() = default;
  explicit OpenFile(int fd) : fd_(fd) {}
  OpenFile(OpenFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OpenFile& operator=(OpenFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

Error failed(const std::string& path, const char* hint) { return Error{path + ": " + std::strerror(errno), hint}; }

class Folder final : public ExportTarget {
 public:
  static Result<std::unique_ptr<ExportTarget>> open(const std::string& to) {
    std::error_code error;
    fs::create_directories(to, error);
    if (error) return Error{"--to: " + to + ": " + error.message(), "a folder where this user may write"};
    OpenFile folder(::open(to.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.fd() < 0) return failed("--to: " + to, "a folder where this user may write");
    if (::flock(folder.fd(), LOCK_EX | LOCK_NB) != 0) {
      return Error{"--to: another export writes there (got " + to + ")", "wait for its end, or name another folder"};
    }
    return std::unique_ptr<ExportTarget>(new Folder(to, std::move(folder)));
  }

  Result<std::optional<std::string>> beginning(const std::string& path, std::size_t bytes) override {
    std::ifstream file(root_ / path, std::ios::binary);
    if (!file) return std::optional<std::string>();
    std::string begin(bytes, '\0');
    file.read(begin.data(), static_cast<std::streamsize>(bytes));
    begin.resize(static_cast<std::size_t>(file.gcount()));
    return std::optional(std::move(begin));
  }

  Result<int> create(const std::string& path) override {
    final_ = root_ / path;
    std::error_code error;
    fs::create_directories(final_.parent_path(), error);
    if (error) return Error{final_.parent_path().string() + ": " + error.message(), "check that this user may write there"};
    // Readers of such folders (Spark, Hive, DuckDB) pass over names with a dot in front.
    fresh_ = final_.parent_path() / ("." + final_.filename().string() + ".part");
    file_ = OpenFile(::open(fresh_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (file_.fd() < 0) return failed(fresh_.string(), "check that this user may write there");
    return file_.fd();
  }

  Status complete() override {
    if (::fsync(file_.fd()) != 0) return failed(fresh_.string(), "check the disk");
    if (::rename(fresh_.c_str(), final_.c_str()) != 0) return failed(final_.string(), "check the disk");
    const OpenFile folder(::open(final_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.fd() < 0 || ::fsync(folder.fd()) != 0) return failed(final_.parent_path().string(), "check the disk");
    file_ = OpenFile();
    return {};
  }

 private:
  Folder(std::string root, OpenFile lock) : root_(std::move(root)), lock_(std::move(lock)) {}

  fs::path root_;
  OpenFile lock_;
  OpenFile file_;
  fs::path fresh_;
  fs::path final_;
};

/// A file is written where temporary files lie, without a name there, and then sent in one request.
class Bucket final : public ExportTarget {
 public:
  static Result<std::unique_ptr<ExportTarget>> open(const std::string& to) {
    auto place = S3Place::parse(to);
    if (!place) return std::move(place).error().while_doing("--to");
    S3Account account = S3Account::from_environment();
    if (!account.signs()) {
      return Error{"--to: no credentials for " + to, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment"};
    }
    if (!place->key.empty() && !place->key.ends_with('/')) place->key += '/';
    return std::unique_ptr<ExportTarget>(new Bucket(std::move(*place), S3Store(std::move(account))));
  }

  Result<std::optional<std::string>> beginning(const std::string& path, std::size_t bytes) override {
    return store_.beginning(at(path), bytes);
  }

  Result<int> create(const std::string& path) override {
    place_ = at(path);
    std::error_code error;
    const fs::path folder = fs::temp_directory_path(error);
    if (error) return Error{"TMPDIR: " + error.message(), "a folder for temporary files"};
    std::string name = (folder / "wayside-export-XXXXXX").string();
    file_ = OpenFile(::mkostemp(name.data(), O_CLOEXEC));
    if (file_.fd() < 0) return failed(name, "set TMPDIR to a folder where this user may write");
    ::unlink(name.c_str());
    return file_.fd();
  }

  Status complete() override {
    WAYSIDE_TRY(store_.put(place_, file_.fd()));
    file_ = OpenFile();
    return {};
  }

 private:
  Bucket(S3Place prefix, S3Store store) : prefix_(std::move(prefix)), store_(std::move(store)) {}
  S3Place at(const std::string& path) const { return {prefix_.bucket, prefix_.key + path}; }

  S3Place prefix_;
  S3Store store_;
  OpenFile file_;
  S3Place place_;
};

}  // namespace

Result<std::unique_ptr<ExportTarget>> open_export_target(const std::string& to) {
  return S3Place::names_one(to) ? Bucket::open(to) : Folder::open(to);
}

}  // namespace wayside::central
