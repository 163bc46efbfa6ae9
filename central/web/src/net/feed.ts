// The live feed: Server-Sent Events from /events, with a snapshot first and deltas after it.
//
// The browser's EventSource reconnects by itself when the connection breaks, and resumes with
// Last-Event-ID. It gives up for good when the server answers with an error, and it cannot notice a
// connection that died without a word (a phone that changed networks); both are handled here.
import { parse_delta, parse_snapshot } from "../model/parse";
import type { Delta, Snapshot } from "../model/station";

export type Link = "connecting" | "live" | "reconnecting";

export interface FeedHandlers {
  on_snapshot(snapshot: Snapshot): void;
  on_delta(delta: Delta): void;
  on_link(link: Link): void;
}

const kRetryMsMin = 1000;
const kRetryMsMax = 30_000;
/** No event for so long: open a second connection to ask whether the first one still lives. */
const kQuietMs = 60_000;

export class Feed {
  private source_: EventSource | null = null;
  private last_event_id_ = "";
  private retry_ms_ = kRetryMsMin;
  private retry_timer_: number | undefined;
  private quiet_timer_: number | undefined;

  constructor(
    private readonly url: string,
    private readonly handlers: FeedHandlers,
  ) {}

  get last_event_id(): string {
    return this.last_event_id_;
  }

  start(): void {
    this.handlers.on_link("connecting");
    this.open();
    window.addEventListener("online", () => this.open());
  }

  private open(): void {
    window.clearTimeout(this.retry_timer_);
    this.source_?.close();
    const resume = this.last_event_id_ === "" ? "" : `?last_event_id=${encodeURIComponent(this.last_event_id_)}`;
    const source = new EventSource(this.url + resume);
    this.source_ = source;
    source.addEventListener("open", () => this.opened(source));
    source.addEventListener("error", () => this.failed(source));
    source.addEventListener("snapshot", (event) => this.receive(source, event, (text) => this.handlers.on_snapshot(parse_snapshot(text))));
    source.addEventListener("delta", (event) => this.receive(source, event, (text) => this.handlers.on_delta(parse_delta(text))));
    this.watch_quiet();
  }

  private opened(source: EventSource): void {
    if (source !== this.source_) return;
    this.retry_ms_ = kRetryMsMin;
    this.handlers.on_link("live");
  }

  private failed(source: EventSource): void {
    if (source !== this.source_) return;
    this.handlers.on_link("reconnecting");
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    const wait_ms = this.retry_ms_ * (0.5 + Math.random()); // spread, so that viewers do not return at once
    this.retry_ms_ = Math.min(kRetryMsMax, this.retry_ms_ * 2);
    window.clearTimeout(this.retry_timer_);
    this.retry_timer_ = window.setTimeout(() => this.open(), wait_ms);
  }

  private receive(source: EventSource, event: MessageEvent<string>, handle: (text: string) => void): void {
    if (source !== this.source_) return;
    this.watch_quiet();
    try {
      handle(event.data);
    } catch (error) {
      console.error(`wayside: event ${event.lastEventId} could not be used`, error);
      return; // the id stays, so that a reconnect asks for this event again
    }
    this.last_event_id_ = event.lastEventId;
  }

  private watch_quiet(): void {
    window.clearTimeout(this.quiet_timer_);
    this.quiet_timer_ = window.setTimeout(() => this.open(), kQuietMs);
  }
}
