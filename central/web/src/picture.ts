// What the page shows: the present, kept by events, or a minute of the past. `store` is what is shown, and all views read it. While it is
// the past, events go on into a picture of their own, so that the way back is one step and nothing is stale.
import { Aging } from "./model/aging";
import { time_ms } from "./model/age";
import { ServerClock } from "./model/server_clock";
import type { Station } from "./model/station";
import { difference, Store, type Change } from "./model/store";
import { Feed, type Link } from "./net/feed";
import { keep_picture, load_picture } from "./net/last_picture";

/** Without a connection: when the kept picture is shown, and from when on the page judges ages itself. */
const kKeptAfterMs = 1500;
const kAgeAfterMs = 20_000;

export interface PictureEvents {
  /** What is shown has changed. */
  on_change(change: Change): void;
  /** Another time is shown from now on; the change comes behind it. */
  on_time(): void;
  on_link(link: Link): void;
  on_event(): void;
}

const other_row = (a: Station, b: Station) => a !== b;
const other_words = (a: Station, b: Station) => JSON.stringify(a) !== JSON.stringify(b);

export class Picture {
  readonly store = new Store();
  readonly feed: Feed;
  private readonly clock_ = new ServerClock(() => performance.now(), () => Date.now());
  /** The time that is shown, and the present. */
  readonly now_ms = () => this.past_ms_ ?? this.clock_.now_ms();
  readonly live_now_ms = () => this.clock_.now_ms();
  /** The present; the shown picture itself unless that is of the past. */
  private live_ = this.store;
  private past_ms_: number | null = null;
  private readonly aging_ = new Aging(() => this.live_);
  private last_event_ms_: number | null = null;
  /** When the connection was lost, or not there yet; null while it is there. */
  private lost_ms_: number | null = null;
  last_update_ms = 0;

  /** With `past_ms` nothing is shown until the picture of that minute comes. */
  constructor(
    private readonly events: PictureEvents,
    past_ms: number | null,
  ) {
    if (past_ms !== null) this.leave_present(past_ms);
    this.feed = new Feed("events", {
      on_snapshot: (snapshot) => this.received(snapshot.generated_at, true, (live) => live.apply_snapshot(snapshot)),
      on_delta: (delta) => this.received(delta.generated_at, false, (live) => live.apply_delta(delta)),
      on_link: (link) => this.link_changed(link),
    });
  }

  /** The present, whatever is shown. */
  get live(): Store {
    return this.live_;
  }

  /** The minute of the past that is shown; null: the present. */
  get past_ms(): number | null {
    return this.past_ms_;
  }

  get event_age_ms(): number | null {
    return this.last_event_ms_ === null ? null : performance.now() - this.last_event_ms_;
  }

  show_past(past_ms: number, stations: Station[]): void {
    this.leave_present(past_ms);
    this.replace(stations, other_words);
  }

  show_present(): void {
    if (this.live_ === this.store) return;
    this.past_ms_ = null;
    const rows = [...this.live_.all()];
    this.live_ = this.store;
    this.replace(rows, other_row);
  }

  private leave_present(past_ms: number): void {
    this.past_ms_ = past_ms;
    if (this.live_ !== this.store) return;
    this.live_ = new Store();
    this.live_.apply_snapshot({ generated_at: "", stations: [...this.store.all()] });
  }

  private replace(stations: Station[], differs: (a: Station, b: Station) => boolean): void {
    this.events.on_time();
    const first = this.store.size === 0;
    this.events.on_change(first ? this.store.apply_snapshot({ generated_at: "", stations }) : this.store.apply_delta(difference(this.store, stations, differs)));
  }

  /** Once a second. Without central: the picture that was kept, if there is none yet; and what grows old is not live any more. */
  async tick(): Promise<void> {
    if (this.lost_ms_ === null) return;
    if (this.live_.size === 0 && performance.now() - this.lost_ms_ > kKeptAfterMs) {
      const kept = await load_picture();
      if (kept === null || this.live_.size > 0) return;
      this.last_event_ms_ = performance.now() - (Date.now() - kept.at_ms);
      this.present_changed(this.live_.apply_snapshot({ generated_at: "", stations: kept.stations }));
    }
    if ((this.event_age_ms ?? 0) > kAgeAfterMs) this.present_changed(this.live_.apply_delta(this.aging_.pass(this.clock_.now_ms())));
  }

  /** Keeps the present in this browser, for opening without a connection. */
  keep(): void {
    if (this.lost_ms_ === null && this.live_.size > 0) void keep_picture(this.clock_.now_ms(), this.live_.all());
  }

  private received(generated_at: string, is_snapshot: boolean, apply: (live: Store) => Change): void {
    this.clock_.observe(time_ms(generated_at), is_snapshot);
    this.last_event_ms_ = performance.now();
    this.last_update_ms = Date.now();
    this.present_changed(apply(this.live_));
    this.events.on_event();
  }

  private present_changed(change: Change): void {
    if (this.live_ === this.store) this.events.on_change(change);
  }

  private link_changed(link: Link): void {
    this.events.on_link(link);
    if (link !== "live") {
      this.lost_ms_ ??= performance.now();
      return;
    }
    this.lost_ms_ = null;
    this.present_changed(this.live_.apply_delta(this.aging_.restore()));
  }
}
