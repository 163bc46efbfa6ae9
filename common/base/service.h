#pragma once

namespace wayside {

/// What systemd is told of this program (sd_notify). Nothing happens where systemd did not start it. One thread, that of the
/// program's loop: a loop that hangs must be seen to hang.

/// The program has started: its settings hold and what it listens on is open.
void service_ready();
/// The loop is alive. Called in every turn of it, at least once a second; says so three times in each WatchdogSec= of the unit.
void service_alive();
/// It stops because it was asked to.
void service_stopping();

}  // namespace wayside
