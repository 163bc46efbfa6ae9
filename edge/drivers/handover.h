#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "edge/driver.h"

namespace wayside::edge {

/// Gives a driver's observations to the host and keeps count of what became of them. It is full when kWaitingMax wait for
/// their commit: a driver whose hardware can wait stops reading then and goes on at `room`. What is given beyond kWaitingLimit
/// is not stored, counted and logged. The commit may outlive it. On the host's loop.
class Handover {
 public:
  static constexpr std::size_t kWaitingMax = 1024;
  static constexpr std::size_t kWaitingLimit = 8 * kWaitingMax;  ///< room for what was read already

  Handover(DriverHost& host, std::string what);
  ~Handover();
  Handover(const Handover&) = delete;
  Handover& operator=(const Handover&) = delete;

  /// `done` may be empty; it is not called any more when the handover is gone.
  void give(Observation observation, std::vector<Memory> memories = {}, std::function<void(const Status&)> done = {});
  bool full() const;
  /// Called when there is room again after full().
  void on_room(std::function<void()> room);

  std::uint64_t readings() const;
  std::uint64_t not_stored() const;

 private:
  struct State;
  DriverHost& host_;
  std::shared_ptr<State> state_;
};

}  // namespace wayside::edge
