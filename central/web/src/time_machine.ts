// Which minute is shown: the slider, the play button and the address say it, central is asked for its picture, and back to live is one
// step. One question at a time: while the slider is dragged, only the newest wish is asked for.
import { day_of, kMinuteMs, minute_of, moment_text, on_date } from "./model/moment";
import { time_ms } from "./model/age";
import type { Station } from "./model/station";
import { PastPictures } from "./net/past";
import type { Address } from "./address";
import type { Picture } from "./picture";
import { TimeBar } from "./view/time_bar";

/** While it plays a picture follows the other so fast, if central keeps up. */
const kFrameMs = 1000;
/** So many pictures are asked for ahead. */
const kAhead = 2;

const kWidths = ["minute", "hour", "day"];

/** The widest bucket that stands for single readings in a picture; "" when there is none. */
function widest_mean(stations: Station[]): string {
  const widths = stations.map((station) => kWidths.indexOf(station.mean_of ?? ""));
  return kWidths[Math.max(-1, ...new Set(widths))] ?? "";
}

export class TimeMachine {
  private readonly pictures_ = new PastPictures();
  private readonly bar_: TimeBar;
  private wanted_ms_: number | null = null;
  private shown_ms_: number | null = null;
  private asking_ = false;
  private speed_ = 5;
  private timer_: number | undefined;

  constructor(
    private readonly picture: Picture,
    private readonly address: Address,
  ) {
    this.bar_ = new TimeBar({
      on_seek: (at_ms) => this.seek(at_ms),
      on_date: (text) => this.seek(on_date(this.place_ms(), text) ?? this.place_ms()),
      on_day: (step) => this.step_day(step),
      on_live: () => this.to_live(),
      on_play: () => (this.timer_ === undefined ? this.play() : this.pause()),
      on_speed: (minutes) => (this.speed_ = minutes),
    });
    this.show();
    this.follow_address();
  }

  /** As the address says, at the start and when somebody changes it by hand. */
  follow_address(): void {
    const at_ms = time_ms(this.address.state.at);
    if (at_ms === null) return this.to_live();
    this.bar_.open();
    if (minute_of(at_ms) !== this.wanted_ms_) this.seek(at_ms);
  }

  /** The present moves on, and the stations' zone is known some time after the start. */
  tick(): void {
    this.show();
  }

  private place_ms(): number {
    return this.wanted_ms_ ?? minute_of(this.picture.live_now_ms());
  }

  private seek(at_ms: number): void {
    this.wanted_ms_ = Math.max(0, Math.min(minute_of(at_ms), minute_of(this.picture.live_now_ms())));
    this.address.set({ at: moment_text(this.wanted_ms_) });
    this.show();
    void this.load();
  }

  private step_day(step: number): void {
    const { from_ms, to_ms } = day_of(this.place_ms());
    const other = day_of(step < 0 ? from_ms - 1 : to_ms);
    this.seek(other.from_ms + (this.place_ms() - from_ms));
  }

  private to_live(): void {
    this.pause();
    this.wanted_ms_ = this.shown_ms_ = null;
    if (this.address.state.at !== null) this.address.set({ at: null });
    this.picture.show_present();
    this.bar_.fail("");
    this.show();
  }

  private async load(): Promise<void> {
    if (this.asking_) return;
    this.asking_ = true;
    this.bar_.fail("");
    while (this.wanted_ms_ !== null && this.shown_ms_ !== this.wanted_ms_) {
      const at_ms = this.wanted_ms_;
      try {
        const stations = await this.pictures_.get(at_ms);
        if (this.still_past()) this.show_picture(at_ms, stations);
      } catch (error) {
        if (at_ms !== this.wanted_ms_) continue;
        this.pause();
        this.bar_.fail(`No picture: ${error instanceof Error ? error.message : String(error)}`);
        break;
      }
    }
    this.asking_ = false;
  }

  /** The reader may have gone back to live while central was asked. */
  private still_past(): boolean {
    return this.wanted_ms_ !== null;
  }

  private show_picture(at_ms: number, stations: Station[]): void {
    this.shown_ms_ = at_ms;
    this.picture.show_past(at_ms, stations);
    this.bar_.mean(widest_mean(stations));
    this.show();
  }

  private show(): void {
    const now_ms = minute_of(this.picture.live_now_ms());
    this.bar_.show({ at_ms: this.place_ms(), now_ms, live: this.wanted_ms_ === null, shown: this.shown_ms_ === this.wanted_ms_, playing: this.timer_ !== undefined });
  }

  private play(): void {
    const day_ms = 24 * 60 * kMinuteMs;
    if (this.wanted_ms_ === null) this.seek(this.place_ms() - day_ms); // from the same time yesterday
    this.timer_ = window.setInterval(() => this.next(), kFrameMs);
    this.show();
  }

  private pause(): void {
    window.clearInterval(this.timer_);
    this.timer_ = undefined;
    this.show();
  }

  private next(): void {
    if (this.wanted_ms_ === null || this.shown_ms_ !== this.wanted_ms_) return; // central is slower than the play: wait for it
    const step_ms = this.speed_ * kMinuteMs;
    const next_ms = this.wanted_ms_ + step_ms;
    const now_ms = this.picture.live_now_ms();
    if (next_ms >= now_ms) return this.to_live();
    this.seek(next_ms);
    for (let i = 1; i <= kAhead; i += 1) {
      if (next_ms + i * step_ms < now_ms) void this.pictures_.get(next_ms + i * step_ms).catch(() => undefined);
    }
  }
}
