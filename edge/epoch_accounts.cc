#include "edge/epoch_accounts.h"

#include <random>

namespace wayside::edge {
namespace {

constexpr std::size_t kAccountsShown = 8;

}  // namespace

std::vector<EpochAccount> epoch_accounts(const Epochs& epochs) {
  std::vector<EpochAccount> accounts;
  for (auto entry = epochs.rbegin(); entry != epochs.rend(); ++entry) {
    const EpochTotals& totals = entry->second;
    if (accounts.size() >= kAccountsShown && totals.waiting == 0) continue;
    accounts.push_back({totals.epoch, totals.accepted(), totals.receipted, totals.refused, totals.dropped, totals.waiting});
  }
  return accounts;
}

std::uint64_t waiting_of(const Epochs& epochs) {
  std::uint64_t total = 0;
  for (const auto& [pk, totals] : epochs) total += totals.waiting;
  return total;
}

std::vector<std::int64_t> forgettable(const Epochs& epochs) {
  std::size_t kept = 0;
  std::vector<std::int64_t> old;
  for (auto entry = epochs.rbegin(); entry != epochs.rend(); ++entry) {
    const EpochTotals& totals = entry->second;
    if (totals.accepted() == 0 || (totals.waiting == 0 && kept >= kAccountsShown)) {
      old.push_back(entry->first);
    } else {
      ++kept;
    }
  }
  return old;
}

std::string random_epoch() {
  std::random_device random;
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string epoch(16, '0');
  for (char& digit : epoch) digit = kDigits[random() & 15U];
  return epoch;
}

}  // namespace wayside::edge
