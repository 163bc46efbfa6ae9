#include "central/epoch_book.h"

#include <algorithm>
#include <cmath>

namespace wayside::central {
namespace {

std::int64_t not_negative(std::int64_t value) { return std::max<std::int64_t>(0, value); }

std::int64_t share(std::int64_t holes, std::int64_t of_all, std::int64_t all) {
  if (holes <= 0 || of_all <= 0) return 0;
  const double part = std::ceil(static_cast<double>(holes) * static_cast<double>(of_all) / static_cast<double>(all));
  return std::min(holes, static_cast<std::int64_t>(part));
}

}  // namespace

std::int64_t EpochBook::ahead() const { return not_negative(said_accepted - last_seqs); }

std::int64_t EpochBook::holes_dropped() const {
  return said_waiting == 0 ? 0 : std::clamp<std::int64_t>(said_dropped - parts.dropped, 0, parts.missing);
}

std::int64_t EpochBook::holes_held() const {
  return std::clamp<std::int64_t>(said_waiting - ahead(), 0, parts.missing - holes_dropped());
}

std::int64_t EpochBook::in_kafka() const {
  if (before_gap) return 0;
  return not_negative(said_receipted + said_refused + said_dropped - parts.received - parts.refused - parts.dropped -
                      before_opening);
}

void EpochBook::settle() {
  const std::int64_t dropped = holes_dropped();
  const std::int64_t held = holes_held();
  const std::int64_t beyond = ahead();
  const std::int64_t gone = not_negative(beyond - said_waiting - in_kafka());
  parts.missing += gone - dropped - held;
  parts.dropped += dropped;
  parts.waiting = beyond - gone + held;
  parts.accepted += beyond;
}

void EpochBook::settle_share(Parts& account) const {
  const std::int64_t held = share(account.missing, holes_held(), parts.missing);
  const std::int64_t dropped = std::min(account.missing - held, share(account.missing, holes_dropped(), parts.missing));
  account.missing -= held + dropped;
  account.waiting += held;
  account.dropped += dropped;
}

void read_epoch_sums(const SqlStatement& row, int column, EpochBook& book) {
  std::int64_t* const places[] = {&book.parts.accepted, &book.parts.received, &book.parts.refused, &book.parts.dropped,
                                  &book.parts.missing,  &book.parts.repeated, &book.last_seqs,     &book.before_opening};
  for (std::int64_t* place : places) *place = saturated(row.real(column++));
}

void read_epoch_word(const SqlStatement& row, int column, EpochBook& book) {
  std::int64_t* const places[] = {&book.said_accepted, &book.said_receipted, &book.said_refused, &book.said_dropped,
                                  &book.said_waiting};
  for (std::int64_t* place : places) *place = row.integer(column++);
  book.before_gap = row.integer(column) != 0;
}

}  // namespace wayside::central
