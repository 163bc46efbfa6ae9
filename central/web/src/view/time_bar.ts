// The time bar below the map, and the banner that says that what is shown is not live.
import { date_text, day_of, key_target, kMinuteMs } from "../model/moment";
import { moment_words } from "../model/zone";
import { by_id, h, set_attribute, set_text } from "../dom";

/** Minutes of the past in a second. */
const kSpeeds: [number, string][] = [[1, "1 min/s"], [5, "5 min/s"], [15, "15 min/s"], [60, "1 h/s"]];

export interface TimeBarEvents {
  on_seek(at_ms: number): void;
  on_date(text: string): void;
  /** A day back (-1) or on (+1). */
  on_day(step: number): void;
  on_live(): void;
  on_play(): void;
  on_speed(minutes: number): void;
}

export interface TimeBarState {
  at_ms: number;
  now_ms: number;
  live: boolean;
  /** The picture of that minute is on the map. */
  shown: boolean;
  playing: boolean;
}

const button = (id: string, label: string, text: string, on_click: () => void) => {
  const element = h("button", { type: "button", "data-testid": id, "aria-label": label }, text);
  element.addEventListener("click", on_click);
  return element;
};

export class TimeBar {
  private readonly element_ = by_id("time");
  private readonly toggle_ = by_id("time-button");
  private readonly banner_ = by_id("past");
  private readonly slider_ = h("input", { type: "range", step: "1", "aria-label": "Time of the day", "data-testid": "time-slider" });
  private readonly date_ = h("input", { type: "date", "aria-label": "Day", "data-testid": "time-date" });
  private readonly play_: HTMLButtonElement;
  private readonly words_ = h("b", { "data-testid": "past-words" });
  private readonly note_ = h("span", { "data-testid": "past-note" });
  private at_ms_ = 0;
  private mean_ = "";
  private failure_ = "";

  constructor(private readonly events: TimeBarEvents) {
    const speed = h("select", { "aria-label": "Speed", "data-testid": "time-speed" }, ...kSpeeds.map(([minutes, text]) => h("option", { value: String(minutes), selected: minutes === 5 }, text)));
    speed.addEventListener("change", () => events.on_speed(Number(speed.value)));
    this.play_ = button("time-play", "Play", "▶", () => events.on_play());
    const hours = h("div", { class: "hours", "aria-hidden": "true" }, ...["00", "06", "12", "18", "24"].map((hour) => h("span", {}, hour)));
    const day = h("div", { class: "time-day" }, button("time-day-before", "Day before", "‹", () => events.on_day(-1)), this.date_, button("time-day-after", "Day after", "›", () => events.on_day(1)));
    this.element_.append(day, h("div", { class: "time-slide" }, this.slider_, hours), h("div", { class: "time-play" }, this.play_, speed));
    const live = h("button", { type: "button", "data-testid": "to-live" }, "Back to live");
    live.addEventListener("click", () => {
      events.on_live();
      if (this.element_.hidden) this.toggle_.focus();
      else this.slider_.focus();
    });
    this.banner_.append(this.words_, this.note_, live);
    this.slider_.addEventListener("input", () => events.on_seek(Number(this.slider_.value) * kMinuteMs));
    this.slider_.addEventListener("keydown", (event) => this.key(event));
    this.date_.addEventListener("change", () => events.on_date(this.date_.value));
    this.toggle_.addEventListener("click", () => (this.element_.hidden ? this.open() : this.close()));
  }

  open(): void {
    this.element_.hidden = false;
    set_attribute(this.toggle_, "aria-expanded", "true");
  }

  private close(): void {
    this.element_.hidden = true;
    set_attribute(this.toggle_, "aria-expanded", "false");
  }

  /** Minutes and hours by key, over the ends of the day too. */
  private key(event: KeyboardEvent): void {
    const to_ms = event.ctrlKey || event.metaKey || event.altKey ? null : key_target(event.key, this.at_ms_);
    if (to_ms === null) return;
    event.preventDefault();
    this.events.on_seek(to_ms);
  }

  /** How wide the buckets are whose means stand for readings; "" for readings themselves. */
  mean(width: string): void {
    this.mean_ = width;
  }

  /** Why there is no picture; "" when there is. */
  fail(words: string): void {
    this.failure_ = words;
    this.show_note(true);
  }

  show(state: TimeBarState): void {
    this.at_ms_ = state.at_ms;
    const { from_ms, to_ms } = day_of(state.at_ms);
    this.slider_.min = String(from_ms / kMinuteMs);
    this.slider_.max = String(to_ms / kMinuteMs - 1);
    this.slider_.value = String(state.at_ms / kMinuteMs);
    const words = moment_words(state.at_ms);
    set_attribute(this.slider_, "aria-valuetext", state.live ? `Live: ${words}` : words);
    if (document.activeElement !== this.date_) this.date_.value = date_text(state.at_ms); // nobody is typing there
    this.date_.max = date_text(state.now_ms);
    set_text(this.play_, state.playing ? "❚❚" : "▶");
    set_attribute(this.play_, "aria-label", state.playing ? "Pause" : "Play");
    set_attribute(this.play_, "aria-pressed", String(state.playing));
    document.body.classList.toggle("is-past", !state.live);
    this.banner_.hidden = state.live;
    // A reader of the screen hears where it stops, not each minute on the way.
    set_attribute(this.banner_, "aria-live", state.playing ? "off" : "polite");
    set_text(this.words_, `Not live: ${words}`);
    this.show_note(state.shown);
  }

  private show_note(shown: boolean): void {
    const mean = this.mean_ === "" ? "" : `Means of each ${this.mean_}: the readings themselves are no longer kept.`;
    set_text(this.note_, this.failure_ || (shown ? mean : "loading …"));
    this.note_.classList.toggle("problem", this.failure_ !== "");
  }
}
