#pragma once

#include <memory>
#include <string>

#include "edge/outbox_store.h"

namespace wayside::edge {

/// What became of a damaged outbox.
struct Salvage {
  std::uint64_t readings = 0;  ///< copied, under the numbers they had
  std::uint64_t nameless = 0;  ///< not copied: the name of their station or epoch can be read nowhere
};

/// Makes a new outbox at `new_path`, where nothing may be, of what SQLite can still read of a damaged one, from both sides
/// of the damage: stations, epochs with their accounts, and readings that the contract takes. Loss statements name what is
/// known to have had a number and could not be read, if Kafka has not got it. `stamp` and `boot_id` date them. What cannot
/// be read is no error; when this returns without one, `new_path` is on the disk as a whole and closed.
Result<Salvage> salvage(const std::string& damaged_path, const std::string& new_path, const Stamp& stamp,
                        const std::string& boot_id);

/// Opens or creates the outbox at `path`. From one that SQLite calls damaged a new one is salvaged beside it and then takes
/// its place; the damaged one is kept as `<path>.damaged-<time>`, with its log. Nothing is deleted. Wherever a start is
/// stopped, by a kill, an error or a power cut, the next one goes on by what it finds, in this order:
///
///   <path>.new       an unfinished salvage: worth nothing, removed
///   <path>.salvaged  a finished one: it is the outbox now. Whatever of the damaged one still lies at `path` goes aside,
///                    and only then, when that is on the disk, does this become `path`
///   <path>           the outbox; when it is damaged the salvage begins, and nothing at `path` is touched until
///                    `.new`, whole and on the disk, has been renamed to `.salvaged`
///
/// An error, as when there is no room, leaves the damaged outbox or the finished salvage where it is: the next start tries
/// again.
Result<std::unique_ptr<OutboxStore>> open_or_salvage(const std::string& path, const Stamp& stamp, const std::string& boot_id);

}  // namespace wayside::edge
