// Into which book an item goes: its station, agent and account, made when they are new, within the limits of DESIGN 5.7 and
// of what the agent can have accepted.
#include <algorithm>

#include "central/fold.h"
#include "central/loss_rules.h"
#include "common/base/log.h"

namespace wayside::central {
namespace {

/// Accounts of one station kept in memory; older epochs are loaded again when they are asked for.
constexpr std::size_t kAccountsKept = 8;

std::int64_t size_of(std::size_t count) { return static_cast<std::int64_t>(count); }

}  // namespace

Refusal Fold::over_limit(std::string_view setting, std::int64_t limit, std::string_view whose) {
  ++counts_.limited;
  const std::string what = "limits." + std::string(setting) + " is " + std::to_string(limit);
  log_limited(LogLevel::kWarn, "limit_reached", setting, {{"limit", what}, {"of", whose}});
  return {Reason::kOutOfRange, what};
}

Result<Fold::Sender> Fold::sender(std::string_view station_id, std::string_view agent_name) {
  Sender sender;
  auto known = stations_.find_agent(agent_name);
  if (!known && size_of(stations_.agents()) >= options_.limits.agents) {
    sender.refusal = over_limit("agents", options_.limits.agents, agent_name);
    return sender;
  }
  sender.station = stations_.find(station_id);
  if (sender.station == nullptr) {
    if (size_of(stations_.stations().size()) >= options_.limits.stations) {
      sender.refusal = over_limit("stations", options_.limits.stations, station_id);
      return sender;
    }
    if (known && stations_.brought_by(*known) >= options_.limits.stations_of_agent) {
      sender.refusal = over_limit("stations_of_agent", options_.limits.stations_of_agent, agent_name);
      return sender;
    }
  }
  if (!known) {
    auto made = stations_.agent(agent_name);
    if (!made) return std::move(made).error();
    known = *made;
  }
  sender.agent = *known;
  if (sender.station == nullptr) {
    auto made = stations_.create(station_id, sender.agent);
    if (!made) return std::move(made).error();
    sender.station = *made;
  }
  return sender;
}

Result<Account*> Fold::known_account(Station& station, AgentPk agent, std::string_view epoch) {
  // Newest first: the account in use is found at once.
  for (auto known = station.accounts.rbegin(); known != station.accounts.rend(); ++known) {
    if ((*known)->agent == agent && (*known)->epoch == epoch) return known->get();
  }
  auto loaded = accounts_.load(station.pk, agent, epoch);
  if (!loaded) return std::move(loaded).error();
  return *loaded == nullptr ? nullptr : keep(station, std::move(*loaded));
}

void Fold::keep_dirty(Account& account) {
  account.dirty = true;
  dirty_accounts_.push_back(&account);
}

Account* Fold::keep(Station& station, std::unique_ptr<Account> account) {
  if (station.accounts.size() >= kAccountsKept) {
    const auto clean =
        std::find_if(station.accounts.begin(), station.accounts.end(), [](const auto& book) { return !book->dirty; });
    if (clean != station.accounts.end()) station.accounts.erase(clean);
  }
  station.accounts.push_back(std::move(account));
  return station.accounts.back().get();
}

Result<Fold::Booking> Fold::account(const Record& record, Station& station, AgentPk agent, std::string_view epoch,
                                    SeqRange seqs) {
  auto known = known_account(station, agent, epoch);
  if (!known) return std::move(known).error();
  Booking booking{*known, std::nullopt};
  // What passed once passes again: the agent's word is asked for only when a number goes beyond it.
  if (booking.account == nullptr || seqs.last > booking.account->plausible_until) {
    auto word = health_.word(agent, epoch);
    if (!word) return std::move(word).error();
    const std::uint64_t limit = accepted_max(*word, record.timestamp);
    if (seqs.last > limit) {
      booking.refusal = more_than_accepted("seq", seqs.last, limit);
      return booking;
    }
    if (booking.account != nullptr) booking.account->plausible_until = limit;
  }
  if (booking.account != nullptr) {
    if (booking.account->runs() >= static_cast<std::size_t>(options_.limits.ranges) && !booking.account->touches(seqs)) {
      booking.refusal = over_limit("ranges", options_.limits.ranges, station.id);
    }
    return booking;
  }
  auto count = accounts_.count(station.pk, agent);
  if (!count) return std::move(count).error();
  if (*count >= options_.limits.epochs) {
    booking.refusal = over_limit("epochs", options_.limits.epochs, station.id);
    return booking;
  }
  auto made = accounts_.create(station.pk, agent, epoch, offsets_.may_lack_its_head(record) ? seqs.first : 1);
  if (!made) return std::move(made).error();
  booking.account = keep(station, std::move(*made));
  return booking;
}

}  // namespace wayside::central
