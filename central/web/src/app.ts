// Puts the parts together: feed → store → views, at most a few times a second; a tick every second
// for the ages; the selection and the view in the page's address.
import { bounds_of } from "./model/features";
import { ServerClock } from "./model/server_clock";
import { time_ms } from "./model/age";
import { merge_changes, Store, type Change } from "./model/store";
import { format_hash, parse_hash, type HashState } from "./model/url_hash";
import { MapView } from "./map/map_view";
import { read_palette } from "./map/palette";
import { StationPopup } from "./map/station_popup";
import { Feed } from "./net/feed";
import { by_id, set_text } from "./dom";
import { expose } from "./test_hooks";
import { Header } from "./view/header";
import { Legend } from "./view/legend";
import { Panel } from "./view/panel";
import { PipelinePanel } from "./view/pipeline_panel";
import { StationList } from "./view/station_list";
import { StoppedBanner } from "./view/stopped_banner";

/** Views follow the store at most so often, however fast deltas come. */
const kFlushMs = 200;
const kHashMs = 300;
/** How long after the first station the view still follows a picture that grows at a first start. */
const kFitMs = 15_000;

export class App {
  private readonly store_ = new Store();
  private readonly clock_ = new ServerClock(() => performance.now(), () => Date.now());
  private readonly header_ = new Header();
  private readonly legend_ = new Legend();
  private readonly list_panel_ = new Panel("list", "Stations");
  private readonly list_: StationList;
  private readonly feed_: Feed;
  private view_: MapView | null = null;
  private popup_: StationPopup | null = null;
  private pending_: Change | null = null;
  private flush_timer_: number | undefined;
  private hash_timer_: number | undefined;
  private hash_: HashState = parse_hash(location.hash);
  private readonly place_given_ = this.hash_.map !== null;
  private first_fit_ms_: number | null = null;
  private last_event_ms_: number | null = null;
  private last_update_ms_ = 0;

  constructor() {
    const now_ms = () => this.clock_.now_ms();
    this.list_ = new StationList(this.list_panel_, this.store_, now_ms, (id) => this.pick_from_list(id));
    new PipelinePanel(new Panel("pipeline", "Pipeline"), now_ms);
    this.feed_ = new Feed("events", {
      on_snapshot: (snapshot) => this.received(snapshot.generated_at, true, () => this.store_.apply_snapshot(snapshot)),
      on_delta: (delta) => this.received(delta.generated_at, false, () => this.store_.apply_delta(delta)),
      on_link: (link) => this.header_.show_link(link),
    });
  }

  async start(): Promise<void> {
    this.expose_hooks();
    this.feed_.start();
    void new StoppedBanner().poll();
    window.setInterval(() => this.tick(), 1000);
    window.addEventListener("hashchange", () => this.hash_changed());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.popup_?.station_id) this.select(null);
    });
    by_id("skip").addEventListener("click", (event) => {
      event.preventDefault();
      this.list_panel_.open();
    });
    await this.start_map();
  }

  private async start_map(): Promise<void> {
    try {
      const events = { on_pick: (id: string | null) => this.select(id), on_move: () => this.write_hash_soon() };
      const view = await MapView.create(by_id("map"), read_palette(), this.hash_.map, this.store_, events);
      this.view_ = view;
      this.popup_ = new StationPopup(view.map, () => this.select(null));
      this.queue({ all: true, changed: new Set(), removed: new Set() });
    } catch (error) {
      console.warn("wayside: no map", error);
      const banner = by_id("banner");
      set_text(banner, "This browser cannot draw the map (it needs WebGL). The station list shows the same data.");
      banner.hidden = false;
      this.list_panel_.open();
    }
  }

  private received(generated_at: string, is_snapshot: boolean, apply: () => Change): void {
    this.clock_.observe(time_ms(generated_at), is_snapshot);
    this.last_event_ms_ = performance.now();
    this.last_update_ms_ = Date.now();
    this.queue(apply());
    this.tick_header();
  }

  private queue(change: Change): void {
    this.pending_ = this.pending_ === null ? change : merge_changes(this.pending_, change);
    if (this.flush_timer_ !== undefined) return;
    this.flush_timer_ = window.setTimeout(() => this.flush(), change.all ? 0 : kFlushMs);
  }

  private flush(): void {
    this.flush_timer_ = undefined;
    const change = this.pending_;
    this.pending_ = null;
    if (change === null) return;
    this.header_.show_totals(this.store_);
    this.legend_.update(this.store_.counts);
    this.list_.update(change);
    this.view_?.apply(change);
    this.fit_first(change);
    this.update_selection(change);
  }

  /**
   * Only the first picture moves the map, and only when the address did not say where to look. At a
   * first start stations arrive over some seconds: the view follows them until the reader touches it.
   */
  private fit_first(change: Change): void {
    if (this.view_ === null || bounds_of(this.store_.all()) === null) return;
    const now_ms = performance.now();
    const is_first = this.first_fit_ms_ === null;
    this.first_fit_ms_ ??= now_ms;
    if (this.place_given_ || this.view_.touched || now_ms - this.first_fit_ms_ > kFitMs) return;
    if (is_first || this.view_.outside(change.changed)) this.view_.fit_all();
  }

  private update_selection(change: Change): void {
    const id = this.hash_.station;
    if (id === null || this.view_ === null) return;
    const station = this.store_.get(id);
    if (station === undefined) {
      if (this.popup_?.station_id === id) this.select(null); // retired while it was open
      return;
    }
    if (this.popup_?.station_id !== id) this.select(id);
    else if (change.all || change.changed.has(id)) this.popup_.update(station, this.clock_.now_ms());
  }

  private pick_from_list(id: string): void {
    const station = this.store_.get(id);
    if (station === undefined) return;
    this.list_panel_.close_when_narrow();
    this.view_?.show(station);
    this.select(id, true);
  }

  private select(id: string | null, take_focus = false): void {
    const station = id === null ? undefined : this.store_.get(id);
    const had_focus = document.activeElement?.closest(".maplibregl-popup") !== null;
    this.hash_.station = station?.station_id ?? null;
    this.write_hash_soon();
    this.view_?.select(station ?? null);
    if (station === undefined) {
      this.popup_?.close();
      if (had_focus) this.list_panel_.focus_button();
      return;
    }
    this.popup_?.open(station, this.clock_.now_ms(), take_focus);
    this.view_?.make_room(station);
  }

  private write_hash_soon(): void {
    window.clearTimeout(this.hash_timer_);
    this.hash_timer_ = window.setTimeout(() => {
      if (this.view_ !== null && this.first_fit_ms_ !== null) this.hash_.map = this.view_.place();
      const hash = format_hash(this.hash_);
      if (hash !== location.hash) history.replaceState(null, "", hash === "" ? location.pathname : hash);
    }, kHashMs);
  }

  /** Somebody changed the address by hand, or followed a link into the same page. */
  private hash_changed(): void {
    const wanted = parse_hash(location.hash);
    this.hash_.other = wanted.other;
    if (wanted.map !== null) this.view_?.jump_to(wanted.map);
    if (wanted.station !== this.hash_.station) this.select(wanted.station);
  }

  private tick(): void {
    this.tick_header();
    this.popup_?.tick(this.clock_.now_ms());
    this.list_.tick();
  }

  private tick_header(): void {
    this.header_.tick(this.last_event_ms_ === null ? null : performance.now() - this.last_event_ms_);
  }

  private expose_hooks(): void {
    const app = this as App;
    expose({
      get stations() {
        return app.store_.size;
      },
      get lastEventId() {
        return app.feed_.last_event_id;
      },
      get lastUpdate() {
        return app.last_update_ms_;
      },
      get settled() {
        return app.pending_ === null && app.view_ !== null && app.view_.map.loaded();
      },
      station(id) {
        const station = app.store_.get(id);
        return station === undefined ? null : structuredClone(station);
      },
      drawn(id) {
        const station = app.store_.get(id);
        return station === undefined || app.view_ === null ? null : app.view_.drawn(station);
      },
    });
  }
}
