#include "edge/drivers/handover.h"

#include <utility>

#include "common/base/log.h"

namespace wayside::edge {

struct Handover::State {
  std::string what;
  std::function<void()> room;
  std::size_t waiting = 0;
  std::uint64_t readings = 0;
  std::uint64_t not_stored = 0;

  void lost(const std::string& why) {
    ++not_stored;
    log_limited(LogLevel::kError, "reading_not_stored", what, {{"what", what}, {"error", why}});
  }
};

Handover::Handover(DriverHost& host, std::string what) : host_(host), state_(std::make_shared<State>()) {
  state_->what = std::move(what);
}
Handover::~Handover() = default;

void Handover::give(Observation observation, std::vector<Memory> memories, std::function<void(const Status&)> done) {
  if (state_->waiting >= kWaitingLimit) {
    state_->lost("too many readings wait for their commit");
    if (done) done(Error{"too many readings wait for their commit", ""});
    return;
  }
  ++state_->waiting;
  std::vector<Observation> group(1);
  group[0] = std::move(observation);
  host_.accept(std::move(group), std::move(memories),
               [weak = std::weak_ptr(state_), done = std::move(done)](const Status& status) {
                 const auto state = weak.lock();
                 if (!state) return;
                 const bool was_full = state->waiting-- >= kWaitingMax;
                 if (status.ok()) {
                   ++state->readings;
                 } else {
                   state->lost(status.error().message);
                 }
                 if (done) done(status);
                 if (was_full && state->room) state->room();
               });
}

bool Handover::full() const { return state_->waiting >= kWaitingMax; }
void Handover::on_room(std::function<void()> room) { state_->room = std::move(room); }
std::uint64_t Handover::readings() const { return state_->readings; }
std::uint64_t Handover::not_stored() const { return state_->not_stored; }

}  // namespace wayside::edge
