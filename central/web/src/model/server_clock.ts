// The server's time, worked out from the `generated_at` of events, so that ages are right on a phone
// whose own clock is wrong.
//
// An event can only be delayed on its way, never arrive early: of all estimates of the difference the
// largest is the nearest. The local side is a monotonic clock, so setting the phone's clock does not matter.

export class ServerClock {
  private offset_ms_: number | null = null;

  /** `monotonic_ms` as performance.now(); `wall_ms` as Date.now(), used until the first event. */
  constructor(
    private readonly monotonic_ms: () => number,
    private readonly wall_ms: () => number,
  ) {}

  /** `generated_ms` is what the event says; `restart` forgets earlier estimates (a new snapshot). */
  observe(generated_ms: number | null, restart: boolean): void {
    if (generated_ms === null) return;
    const offset = generated_ms - this.monotonic_ms();
    if (restart || this.offset_ms_ === null || offset > this.offset_ms_) this.offset_ms_ = offset;
  }

  now_ms(): number {
    return this.offset_ms_ === null ? this.wall_ms() : this.monotonic_ms() + this.offset_ms_;
  }
}
