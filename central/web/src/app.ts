// Puts the parts together: feed → store → views, at most a few times a second; a tick every second
// for the ages; the selection and the view in the page's address.
import { bounds_of } from "./model/features";
import type { Spot } from "./model/distance";
import type { MapFilter } from "./model/map_filter";
import { time_ms } from "./model/age";
import { set_station_zone } from "./model/zone";
import { load_units } from "./view/preferences";
import { RailModel } from "./model/rail";
import { StationFinder, weather_near } from "./model/search";
import type { Station } from "./model/station";
import { merge_changes, type Change, type Store } from "./model/store";
import { parse_hash, type HashState, type Near } from "./model/url_hash";
import { Address } from "./address";
import { MapView, prepare_map } from "./map/map_view";
import { read_palette } from "./map/palette";
import { Trains } from "./map/trains";
import { fetch_page_settings } from "./net/api";
import type { Feed, Link } from "./net/feed";
import { install_worker } from "./net/last_picture";
import { Picture } from "./picture";
import { TimeMachine } from "./time_machine";
import { by_id, set_text } from "./dom";
import { expose_app } from "./test_hooks";
import { Header } from "./view/header";
import { LayerBar } from "./view/layer_bar";
import { Legend } from "./view/legend";
import { open_panel_id, Panel, panel_of } from "./view/panel";
import { LinesPanel } from "./view/lines_panel";
import { PipelinePanel } from "./view/pipeline_panel";
import { StationList } from "./view/station_list";
import { StationPanel } from "./view/station_panel";
import { StoppedBanner } from "./view/stopped_banner";

/** Views follow the store at most so often, however fast deltas come. */
const kFlushMs = 200;
/** With so many stations each update costs the map more, and one change among them is seen less. */
const kMany = 3000;
const kFlushManyMs = 1000;
/** The last picture is kept so often, and when the page is hidden. */
const kKeepMs = 120_000;
/** Without a first picture (no stations yet) the legend comes by itself. */
const kLegendMs = 5000;
/** How long after the first station the view still follows a picture that grows at a first start. */
const kFitMs = 15_000;

export class App {
  private readonly address_ = new Address();
  private readonly picture_: Picture;
  readonly store: Store;
  readonly feed: Feed;
  private readonly now_ms: () => number;
  private readonly rail_ = new RailModel();
  private readonly finder_: StationFinder;
  private time_: TimeMachine | null = null;
  private readonly header_ = new Header();
  /** Made behind the first picture: it draws many symbols. */
  private legend_: Legend | null = null;
  private readonly layers_: LayerBar;
  private readonly list_panel_ = new Panel("list", "Find a station");
  private readonly list_: StationList;
  private readonly lines_: LinesPanel;
  private readonly pipeline_: PipelinePanel;
  private readonly station_: StationPanel;
  private view_: MapView | null = null;
  private trains_: Trains | null = null;
  private pending_: Change | null = null;
  private flush_timer_: number | undefined;
  private readonly place_given_ = this.address_.state.map !== null;
  private awaits_picture_ = false;
  private first_fit_ms_: number | null = null;
  private choosing_ = false;
  first_picture_ms = 0;

  constructor() {
    const events = {
      on_change: (change: Change) => this.changed(change),
      on_time: () => this.rail_.clear_trains(),
      on_link: (link: Link) => this.header_.show_link(link),
      on_event: () => this.tick_header(),
    };
    this.picture_ = new Picture(events, time_ms(this.address_.state.at));
    ({ store: this.store, feed: this.feed, now_ms: this.now_ms } = this.picture_);
    this.finder_ = new StationFinder(this.store);
    this.feed.start(); // first of all: the snapshot is on its way while the page is built
    prepare_map();
    load_units();
    this.layers_ = new LayerBar(this.filter(), (filter) => this.set_filter(filter));
    this.list_ = new StationList(this.list_panel_, this.store, this.finder_, this.now_ms, this.list_state(), {
      on_pick: (id) => this.pick_from_list(id),
      on_text: (q) => this.address_.set({ q }),
      on_filter: (filter) => this.set_filter(filter),
      on_street: (stations) => this.show_all(stations),
      on_near: (near, move) => this.set_near(near, move),
      on_choose: (choosing) => this.choose(choosing),
      map_centre: () => this.view_?.place() ?? null,
    });
    this.lines_ = new LinesPanel(new Panel("lines", "Rail lines"), this.store, this.rail_, this.now_ms, this.address_.state.line, {
      on_pick: (id) => this.pick_from_list(id),
      on_line: (line) => this.address_.set({ line }),
    });
    this.pipeline_ = new PipelinePanel(new Panel("pipeline", "Pipeline"), () => this.picture_.live, this.picture_.live_now_ms, (id) => this.pick_from_list(id));
    this.station_ = new StationPanel({ now_ms: this.now_ms, weather_near: (station) => weather_near(this.store, station) }, () => this.select(null));
  }

  async start(): Promise<void> {
    expose_app(this);
    this.time_ = new TimeMachine(this.picture_, this.address_);
    void new StoppedBanner().poll();
    window.setInterval(() => this.tick(), 1000);
    window.setTimeout(() => this.make_legend(), kLegendMs);
    window.setInterval(() => this.picture_.keep(), kKeepMs);
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.picture_.keep());
    window.addEventListener("hashchange", () => this.hash_changed());
    document.addEventListener("keydown", (event) => this.key(event));
    by_id("skip").addEventListener("click", (event) => {
      event.preventDefault();
      this.list_panel_.open();
    });
    Panel.on_any_change(() => this.address_.set({ panel: open_panel_id() }));
    panel_of(this.address_.state.panel)?.open();
    this.show_filter();
    await this.start_map();
  }

  private async start_map(): Promise<void> {
    try {
      const events = {
        on_pick: (id: string | null) => this.select(id),
        on_move: () => this.write_place(),
        on_here: (lat: number, lon: number) => this.here({ lat, lon }),
      };
      const view = await MapView.create(by_id("map"), read_palette(), this.address_.state.map, this.store, this.filter(), events);
      this.view_ = view;
      this.trains_ = new Trains(view.map, this.rail_, (id) => this.store.get(id), this.now_ms, (id) => this.select(id));
      view.map.on("click", (event) => this.choosing_ && this.here({ lat: event.lngLat.lat, lon: event.lngLat.lng }));
      view.show_near(this.address_.state.near, false);
      this.queue({ all: true, changed: new Set(), removed: new Set() });
    } catch (error) {
      console.warn("wayside: no map", error);
      const banner = by_id("banner");
      set_text(banner, "This browser cannot draw the map (it needs WebGL). The station list shows the same data.");
      banner.hidden = false;
      this.list_panel_.open();
      this.make_legend();
    }
  }

  private async take_settings(): Promise<void> {
    try {
      const settings = await fetch_page_settings();
      set_station_zone(settings.timezone ?? "");
      this.list_.geocoder_url = settings.geocoder_url ?? "";
      if (settings.tiles && this.view_ !== null) await this.view_.show_base(settings.tiles);
    } catch (error) {
      console.warn("wayside: page settings or base map", error);
    }
  }

  /** Other units: everything that shows a figure. */
  private draw_anew(): void {
    this.queue({ all: true, changed: new Set(), removed: new Set() });
    this.list_.show(this.list_state());
  }

  private changed(change: Change): void {
    if (change.all) this.rail_.clear();
    for (const id of change.removed) this.rail_.forget(id);
    // At another time every rail station says anew where its train is.
    const stations = this.picture_.past_ms === null ? [...change.changed].map((id) => this.store.get(id)) : this.store.all();
    for (const station of stations) if (station?.kind === "rail") this.rail_.observe(station);
    this.queue(change);
  }

  private queue(change: Change): void {
    this.pending_ = this.pending_ === null ? change : merge_changes(this.pending_, change);
    if (this.flush_timer_ !== undefined) return;
    const wait_ms = this.store.size > kMany ? kFlushManyMs : kFlushMs;
    this.flush_timer_ = window.setTimeout(() => this.flush(), change.all ? 0 : wait_ms);
  }

  private flush(): void {
    this.flush_timer_ = undefined;
    const change = this.pending_;
    this.pending_ = null;
    if (change === null) return;
    this.finder_.update(change);
    this.header_.show_totals(this.store);
    this.legend_?.update(this.store.counts);
    this.list_.update(change);
    if (change.all) this.pipeline_.update();
    this.view_?.apply(change);
    this.show_rail();
    this.fit_first(change);
    this.update_selection(change);
  }

  private show_rail(): void {
    if (this.legend_ === null) return; // behind the first picture
    this.legend_?.show_lines(this.rail_.lines().map((line) => line.route_id));
    this.view_?.show_lines(this.rail_);
    this.trains_?.update();
    this.lines_.update();
  }

  /**
   * Only the first picture moves the map, and only when the address did not say where to look. At a
   * first start stations arrive over some seconds: the view follows them until the reader touches it.
   */
  private fit_first(change: Change): void {
    if (this.view_ === null || change.changed.size === 0) return;
    if (!this.awaits_picture_) void this.view_.map.once("idle", () => this.first_picture());
    if (!this.awaits_picture_) this.view_.map.triggerRepaint();
    this.awaits_picture_ = true;
    if (bounds_of(this.store.all()) === null) return; // no station has a place
    const now_ms = performance.now();
    const is_first = this.first_fit_ms_ === null;
    this.first_fit_ms_ ??= now_ms;
    if (this.place_given_ || this.view_.touched || now_ms - this.first_fit_ms_ > kFitMs) return;
    if (is_first || this.view_.outside(change.changed)) this.view_.fit_all();
  }

  /** The stations are drawn: now all that is not needed to see them. */
  private first_picture(): void {
    this.first_picture_ms = performance.now();
    this.view_?.show_all_layers();
    this.make_legend();
    void this.take_settings();
    install_worker();
  }

  private make_legend(): void {
    if (this.legend_ !== null) return;
    this.legend_ = new Legend(() => this.draw_anew());
    this.trains_?.show(this.filter().kinds.has("rail"));
    this.legend_.update(this.store.counts);
    this.legend_.show_want(this.filter().want);
    this.show_rail();
  }

  private update_selection(change: Change): void {
    const id = this.address_.state.station;
    if (id === null) return;
    const station = this.store.get(id);
    if (station === undefined) {
      if (this.station_.station_id === id) this.select(null); // retired while it was open
      return;
    }
    if (this.station_.station_id !== id || this.view_?.selected === false) this.select(id, { make_room: !this.place_given_ });
    else if (change.all || change.changed.has(id)) this.station_.update(station);
  }

  private filter(): MapFilter {
    const { want, kinds, state } = this.address_.state;
    return { want, kinds: new Set(kinds), state };
  }

  private list_state() {
    return { text: this.address_.state.q, near: this.address_.state.near, filter: this.filter() };
  }

  private set_filter(filter: MapFilter): void {
    this.address_.set({ want: filter.want, kinds: [...filter.kinds], state: filter.state });
    this.show_filter();
  }

  private show_filter(): void {
    const filter = this.filter();
    this.layers_.show(filter);
    this.legend_?.show_want(filter.want);
    this.view_?.set_filter(filter);
    this.trains_?.show(filter.kinds.has("rail"));
    this.list_.show(this.list_state());
  }

  private set_near(near: Near | null, move: boolean): void {
    this.address_.set({ near });
    this.view_?.show_near(near, move);
  }

  /** A spot that the reader has pointed at. */
  private here(spot: Spot): void {
    this.list_panel_.open();
    this.list_.near.at(spot, "");
  }

  private choose(choosing: boolean): void {
    this.choosing_ = choosing;
    document.body.classList.toggle("choosing", choosing);
    if (choosing) this.list_panel_.close_when_narrow(true);
  }

  private show_all(stations: Station[]): void {
    const bounds = bounds_of(stations);
    if (bounds !== null) this.view_?.map.fitBounds(bounds, { padding: 60, maxZoom: 16, duration: 400 });
    this.list_panel_.close_when_narrow();
  }

  private pick_from_list(id: string): void {
    const station = this.store.get(id);
    if (station === undefined) return;
    panel_of(open_panel_id())?.close_when_narrow();
    this.view_?.show(station);
    this.select(id, { take_focus: true });
  }

  private select(id: string | null, { take_focus = false, make_room = true } = {}): void {
    if (this.choosing_) return;
    const station = id === null ? undefined : this.store.get(id);
    const had_focus = this.station_.has_focus;
    this.address_.set({ station: station?.station_id ?? null });
    this.view_?.select(station ?? null);
    if (station === undefined) {
      this.station_.close();
      if (had_focus) this.list_panel_.focus_button();
      return;
    }
    this.station_.open(station, take_focus);
    if (make_room) this.view_?.make_room(station);
  }

  private key(event: KeyboardEvent): void {
    if (event.key === "Escape" && this.choosing_) this.list_.near.choose(false);
    else if (event.key === "Escape" && this.station_.station_id) this.select(null);
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.list_panel_.open();
    by_id("search").focus();
  }

  private write_place(): void {
    if (this.view_ !== null && this.first_fit_ms_ !== null) this.address_.set({ map: this.view_.place() });
  }

  /** Somebody changed the address by hand, or followed a link into the same page. */
  private hash_changed(): void {
    const wanted: HashState = parse_hash(location.hash);
    const before = this.address_.state;
    if (wanted.map !== null) this.view_?.jump_to(wanted.map);
    this.address_.state = { ...wanted, map: wanted.map ?? before.map, station: before.station };
    this.show_filter();
    this.view_?.show_near(wanted.near, false);
    if (wanted.station !== before.station) this.select(wanted.station);
    this.time_?.follow_address();
    const panel = panel_of(wanted.panel);
    if (panel !== null) panel.open();
  }

  private tick(): void {
    void this.picture_.tick();
    this.time_?.tick();
    this.tick_header();
    this.station_.tick();
    this.list_.tick();
  }

  private tick_header(): void {
    this.header_.tick(this.picture_.event_age_ms);
  }

  /** For tests. */
  get last_update_ms(): number { return this.picture_.last_update_ms; }
  get past_ms(): number | null { return this.picture_.past_ms; }
  get live(): Store { return this.picture_.live; }
  get view(): MapView | null { return this.view_; }
  get trains(): Trains | null { return this.trains_; }
  get settled(): boolean {
    return this.pending_ === null && this.view_ !== null && this.first_picture_ms > 0 && this.view_.map.loaded();
  }
}
