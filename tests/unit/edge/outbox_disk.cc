#include "tests/unit/edge/outbox_disk.h"

#include <algorithm>
#include <cstring>

#include "common/base/result.h"

namespace wayside::edge {
namespace {

constexpr std::size_t kSector = 512;
constexpr double kGarbage = 0.05;  // of the sectors that were on their way

void apply(std::string& content, std::size_t offset, std::string_view bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
  content.replace(offset, bytes.size(), bytes);
}

}  // namespace

OutboxDisk::OutboxDisk(std::uint64_t seed) : real_(sqlite3_vfs_find(nullptr)), random_(seed) {
  vfs_ = *real_;
  vfs_.iVersion = 2;
  vfs_.szOsFile = sizeof(File);
  vfs_.zName = "outbox_disk";
  vfs_.pAppData = this;
  vfs_.xOpen = [](sqlite3_vfs* vfs, const char* path, sqlite3_file* base, int flags, int* out_flags) {
    return of(vfs).open(path, base, flags, out_flags);
  };
  vfs_.xDelete = [](sqlite3_vfs* vfs, const char* path, int sync_folder) {
    OutboxDisk& disk = of(vfs);
    if (!disk.operate()) return SQLITE_IOERR_DELETE;
    if (disk.names_.erase(path) == 0) return SQLITE_IOERR_DELETE_NOENT;
    if (sync_folder != 0 && disk.lie_ != Lie::kAll) disk.synced_names_ = disk.names_;
    return SQLITE_OK;
  };
  vfs_.xAccess = [](sqlite3_vfs* vfs, const char* path, int, int* found) {
    *found = of(vfs).names_.contains(path) ? 1 : 0;
    return SQLITE_OK;
  };
  vfs_.xFullPathname = [](sqlite3_vfs*, const char* path, int size, char* out) {
    return sqlite3_snprintf(size, out, "%s", path) == nullptr ? SQLITE_ERROR : SQLITE_OK;
  };
  WAYSIDE_CHECK(sqlite3_vfs_register(&vfs_, 1) == SQLITE_OK);
}

OutboxDisk::~OutboxDisk() {
  sqlite3_vfs_register(real_, 1);
  sqlite3_vfs_unregister(&vfs_);
}

/// False: the machine is halted.
bool OutboxDisk::operate() {
  if (operations_left_ == 0) return false;
  if (operations_left_ != UINT64_MAX) --operations_left_;
  return operations_left_ != 0;
}

void OutboxDisk::fail(Fault fault, std::uint64_t times, std::uint64_t good) {
  fault_ = fault;
  faults_left_ = times;
  good_left_ = good;
}

bool OutboxDisk::fails(Fault fault) {
  if (fault_ != fault || faults_left_ == 0) return false;
  if (good_left_ > 0) {
    --good_left_;
    return false;
  }
  --faults_left_;
  return true;
}

int OutboxDisk::open(const char* path, sqlite3_file* base, int flags, int* out_flags) {
  base->pMethods = nullptr;
  WAYSIDE_CHECK(path != nullptr);  // temporary files are in memory
  auto known = names_.find(path);
  if (known == names_.end()) {
    if ((flags & SQLITE_OPEN_CREATE) == 0 || !operate()) return SQLITE_CANTOPEN;
    known = names_.emplace(path, std::make_shared<Inode>()).first;
    known->second->is_wal = (flags & SQLITE_OPEN_WAL) != 0;
    known->second->syncs_folder = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
  }
  if (halted()) return SQLITE_CANTOPEN;
  File& opened = file(base);
  opened = {{&methods()}, this, new std::shared_ptr<Inode>(known->second), 0, 0};
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int OutboxDisk::write(Inode& inode, const void* bytes, int size, sqlite3_int64 offset) {
  if (fails(Fault::kFull)) return SQLITE_FULL;
  if (fails(Fault::kWrite)) return SQLITE_IOERR_WRITE;
  if (halted()) return SQLITE_IOERR_WRITE;
  const bool halts = !operate();
  inode.unsynced.push_back(
      {static_cast<std::size_t>(offset), {static_cast<const char*>(bytes), static_cast<std::size_t>(size)}});
  if (halts) return SQLITE_IOERR_WRITE;  // on its way when the power went
  apply(inode.written, inode.unsynced.back().offset, inode.unsynced.back().bytes);
  return SQLITE_OK;
}

int OutboxDisk::truncate(Inode& inode, sqlite3_int64 size) {
  if (fails(Fault::kTruncate)) return SQLITE_IOERR_TRUNCATE;
  if (!operate()) return SQLITE_IOERR_TRUNCATE;
  inode.unsynced.push_back({static_cast<std::size_t>(size), {}, true});
  inode.written.resize(static_cast<std::size_t>(size));
  return SQLITE_OK;
}

int OutboxDisk::sync(Inode& inode) {
  if (!operate()) return SQLITE_IOERR_FSYNC;
  if (fails(Fault::kSync)) {
    inode.unsynced.clear();
    return SQLITE_IOERR_FSYNC;
  }
  if (lie_ == Lie::kAll || (lie_ == Lie::kWal && inode.is_wal)) return SQLITE_OK;
  ++syncs_;
  lose_unsynced(inode, 1);
  if (std::exchange(inode.syncs_folder, false)) synced_names_ = names_;
  return SQLITE_OK;
}

/// Brings this share of what is unsynced to the disk and forgets the rest.
void OutboxDisk::lose_unsynced(Inode& inode, double kept) {
  for (const Change& change : inode.unsynced) {
    if (change.truncates) {
      if (chance(kept)) inode.synced.resize(change.offset);
      continue;
    }
    for (std::size_t at = 0; at < change.bytes.size();) {
      const std::size_t piece = std::min(kSector - (change.offset + at) % kSector, change.bytes.size() - at);
      std::string sector = change.bytes.substr(at, piece);
      if (kept < 1 && chance(kGarbage))
        std::generate(sector.begin(), sector.end(), [this] { return static_cast<char>(random_()); });
      if (chance(kept)) apply(inode.synced, change.offset + at, sector);
      at += piece;
    }
  }
  inode.unsynced.clear();
}

void OutboxDisk::power_on() {
  Names found;
  for (const Names* names : {&names_, &synced_names_}) {
    for (const auto& [path, inode] : *names) {
      const bool certain = names_.contains(path) && synced_names_.contains(path) && names_[path] == synced_names_[path];
      if (certain || chance(0.5)) found[path] = inode;
    }
  }
  static constexpr double kShares[] = {0, 0.1, 0.5, 0.9, 1};
  const double kept = kShares[random_() % std::size(kShares)];
  for (const auto& [path, inode] : found) {
    lose_unsynced(*inode, kept);
    inode->written = inode->synced;
  }
  synced_names_ = found;
  names_ = std::move(found);
  forget_process();
}

void OutboxDisk::restart_process() { forget_process(); }

void OutboxDisk::forget_process() {
  operations_left_ = UINT64_MAX;
  for (const auto& [path, inode] : names_) {
    WAYSIDE_CHECK(inode.use_count() <= 2);  // both lists of names: the connections are closed
    inode->shared_memory.clear();
    inode->locks.clear();
  }
}

void OutboxDisk::copy(const std::string& from, const std::string& to) {
  auto inode = std::make_shared<Inode>();
  inode->synced = inode->written = names_.at(from)->written;
  inode->is_wal = names_.at(from)->is_wal;
  names_[to] = synced_names_[to] = inode;
}

void OutboxDisk::remove(const std::string& path) {
  names_.erase(path);
  synced_names_.erase(path);
}

int OutboxDisk::lock(sqlite3_file* base, int level) {
  Inode& inode = **file(base).inode;
  for (const auto& [other, held] : inode.locks) {
    if (other == base) continue;
    if (level == SQLITE_LOCK_EXCLUSIVE && held > SQLITE_LOCK_NONE) return SQLITE_BUSY;
    if (level >= SQLITE_LOCK_RESERVED && held >= SQLITE_LOCK_RESERVED) return SQLITE_BUSY;
    if (held == SQLITE_LOCK_EXCLUSIVE) return SQLITE_BUSY;
  }
  inode.locks[base] = std::max(inode.locks[base], level);
  return SQLITE_OK;
}

int OutboxDisk::shm_lock(File& file, int offset, int count, int flags) {
  Inode& inode = **file.inode;
  const int bits = ((1 << count) - 1) << offset;
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    shm_unlock(file, bits);
    return SQLITE_OK;
  }
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  for (int slot = offset; slot < offset + count; ++slot) {
    const int own = (file.shm_shared >> slot) & 1;
    if (inode.shm_exclusive[slot] && ((file.shm_exclusive >> slot) & 1) == 0) return SQLITE_BUSY;
    if (exclusive && inode.shm_shared[slot] > own) return SQLITE_BUSY;
  }
  for (int slot = offset; slot < offset + count; ++slot) {
    if (exclusive) {
      inode.shm_exclusive[slot] = true;
    } else if (((file.shm_shared >> slot) & 1) == 0) {
      ++inode.shm_shared[slot];
    }
  }
  (exclusive ? file.shm_exclusive : file.shm_shared) |= bits;
  return SQLITE_OK;
}

void OutboxDisk::shm_unlock(File& file, int bits) {
  Inode& inode = **file.inode;
  for (int slot = 0; slot < SQLITE_SHM_NLOCK; ++slot) {
    if (((bits >> slot) & 1) == 0) continue;
    if (((file.shm_exclusive >> slot) & 1) != 0) inode.shm_exclusive[slot] = false;
    if (((file.shm_shared >> slot) & 1) != 0) --inode.shm_shared[slot];
  }
  file.shm_exclusive &= ~bits;
  file.shm_shared &= ~bits;
}

const sqlite3_io_methods& OutboxDisk::methods() {
  static const sqlite3_io_methods kMethods = [] {
    sqlite3_io_methods io{};
    io.iVersion = 2;
    io.xClose = [](sqlite3_file* base) {
      shm_unlock(file(base), ~0);
      (*file(base).inode)->locks.erase(base);
      delete file(base).inode;
      return SQLITE_OK;
    };
    io.xRead = [](sqlite3_file* base, void* out, int size, sqlite3_int64 offset) {
      if (file(base).disk->halted()) return SQLITE_IOERR_READ;
      const std::string& content = (*file(base).inode)->written;
      const auto begin = std::min(static_cast<std::size_t>(offset), content.size());
      const std::size_t there = std::min(static_cast<std::size_t>(size), content.size() - begin);
      std::memcpy(out, content.data() + begin, there);
      std::memset(static_cast<char*>(out) + there, 0, static_cast<std::size_t>(size) - there);
      return there == static_cast<std::size_t>(size) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
    };
    io.xWrite = [](sqlite3_file* base, const void* bytes, int size, sqlite3_int64 offset) {
      return file(base).disk->write(**file(base).inode, bytes, size, offset);
    };
    io.xTruncate = [](sqlite3_file* base, sqlite3_int64 size) { return file(base).disk->truncate(**file(base).inode, size); };
    io.xSync = [](sqlite3_file* base, int) { return file(base).disk->sync(**file(base).inode); };
    io.xFileSize = [](sqlite3_file* base, sqlite3_int64* size) {
      *size = static_cast<sqlite3_int64>((*file(base).inode)->written.size());
      return SQLITE_OK;
    };
    io.xLock = [](sqlite3_file* base, int level) { return file(base).disk->lock(base, level); };
    io.xUnlock = [](sqlite3_file* base, int level) {
      (*file(base).inode)->locks[base] = level;
      return SQLITE_OK;
    };
    io.xCheckReservedLock = [](sqlite3_file* base, int* reserved) {
      *reserved = 0;
      for (const auto& [other, held] : (*file(base).inode)->locks) *reserved |= held >= SQLITE_LOCK_RESERVED ? 1 : 0;
      return SQLITE_OK;
    };
    io.xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; };
    io.xSectorSize = [](sqlite3_file*) { return 4096; };
    io.xDeviceCharacteristics = [](sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; };
    io.xShmMap = [](sqlite3_file* base, int region, int size, int extend, void volatile** out) {
      auto& regions = (*file(base).inode)->shared_memory;
      while (extend != 0 && regions.size() <= static_cast<std::size_t>(region)) {
        regions.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
      }
      *out = static_cast<std::size_t>(region) < regions.size() ? regions[static_cast<std::size_t>(region)].get() : nullptr;
      return SQLITE_OK;
    };
    io.xShmLock = [](sqlite3_file* base, int offset, int count, int flags) {
      return file(base).disk->shm_lock(file(base), offset, count, flags);
    };
    io.xShmBarrier = [](sqlite3_file*) {};
    io.xShmUnmap = [](sqlite3_file* base, int remove) {
      if (remove != 0) (*file(base).inode)->shared_memory.clear();
      return SQLITE_OK;
    };
    return io;
  }();
  return kMethods;
}

}  // namespace wayside::edge
