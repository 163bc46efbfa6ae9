#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace wayside::edge {

/// A disk in memory, as SQLite's default VFS while it lives. Like a disk behind a kernel it keeps what was written apart
/// from what was synced, so that a test can cut the power, kill the process or let writes and syncs fail.
/// Paths begin with '/'; all files lie in one folder. One at a time, single-threaded.
class OutboxDisk {
 public:
  explicit OutboxDisk(std::uint64_t seed);
  ~OutboxDisk();
  OutboxDisk(const OutboxDisk&) = delete;
  OutboxDisk& operator=(const OutboxDisk&) = delete;

  /// After this many more operations that change the disk everything fails, the last one undone.
  void halt_after(std::uint64_t operations) { operations_left_ = operations; }
  void halt_never() { operations_left_ = UINT64_MAX; }
  void halt_now() { operations_left_ = 0; }
  bool halted() const { return operations_left_ == 0; }

  /// What comes after the halt. The connections of before must be closed.
  /// Power cut: of each file there is what was synced, and any subset of what was not: per sector (some as garbage), per
  /// change of size, per name in the folder.
  void power_on();
  /// Process killed: all that was written is there.
  void restart_process();

  enum class Fault { kNone, kFull, kWrite, kSync, kTruncate };
  /// `times` operations of this kind fail, after `good` of them that do not. A sync that fails behaves as Linux does: what it should have brought
  /// to the disk is never tried again, though reading shows it.
  void fail(Fault fault, std::uint64_t times, std::uint64_t good = 0);

  enum class Lie { kNone, kWal, kAll };
  /// Syncs of these files do nothing and report success: as `synchronous=NORMAL` (WAL) and `OFF` (all).
  void lie_about_sync(Lie lie) { lie_ = lie; }

  bool exists(const std::string& path) const { return names_.contains(path); }
  /// Copies a file to another name, synced.
  void copy(const std::string& from, const std::string& to);
  /// Synced. No connection has it open.
  void remove(const std::string& path);
  std::uint64_t syncs() const { return syncs_; }

 private:
  struct Change {
    std::size_t offset = 0;
    std::string bytes;
    bool truncates = false;
  };
  struct Inode {
    std::string synced, written;
    std::vector<Change> unsynced;
    bool is_wal = false;
    bool syncs_folder = false;  // a new journal: its first sync syncs the folder, as SQLite's VFS for Unix does
    std::vector<std::unique_ptr<char[]>> shared_memory;
    int shm_shared[SQLITE_SHM_NLOCK] = {};
    bool shm_exclusive[SQLITE_SHM_NLOCK] = {};
    std::map<const sqlite3_file*, int> locks;
  };
  struct File {
    sqlite3_file base;
    OutboxDisk* disk;
    std::shared_ptr<Inode>* inode;
    int shm_shared;  // bits
    int shm_exclusive;
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;

  static OutboxDisk& of(sqlite3_vfs* vfs) { return *static_cast<OutboxDisk*>(vfs->pAppData); }
  static File& file(sqlite3_file* base) { return *reinterpret_cast<File*>(base); }
  static const sqlite3_io_methods& methods();
  int open(const char* path, sqlite3_file* base, int flags, int* out_flags);
  int write(Inode& inode, const void* bytes, int size, sqlite3_int64 offset);
  int truncate(Inode& inode, sqlite3_int64 size);
  int sync(Inode& inode);
  int lock(sqlite3_file* base, int level);
  int shm_lock(File& file, int offset, int count, int flags);
  static void shm_unlock(File& file, int bits);
  bool operate();
  bool fails(Fault fault);
  void lose_unsynced(Inode& inode, double kept);
  void forget_process();
  bool chance(double probability) { return std::uniform_real_distribution<>(0, 1)(random_) < probability; }

  sqlite3_vfs vfs_{};
  sqlite3_vfs* real_ = nullptr;
  std::mt19937_64 random_;
  Names names_, synced_names_;
  std::uint64_t operations_left_ = UINT64_MAX;
  Fault fault_ = Fault::kNone;
  std::uint64_t faults_left_ = 0;
  std::uint64_t good_left_ = 0;
  Lie lie_ = Lie::kNone;
  std::uint64_t syncs_ = 0;
};

}  // namespace wayside::edge
