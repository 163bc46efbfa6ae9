// The map: takes Changes, keeps its sources in step without rebuilding them, reports clicks and moves.
import { GeoJSONSource, Map as MapLibre, NavigationControl, prewarm, ScaleControl, setWorkerUrl, type MapMouseEvent } from "maplibre-gl";
import { circle } from "../model/distance";
import { bounds_of, collection_of, source_diff } from "../model/features";
import type { MapFilter } from "../model/map_filter";
import type { RailModel } from "../model/rail";
import { position, type Kind, type Station } from "../model/station";
import type { Change, Store } from "../model/store";
import type { Near, Place } from "../model/url_hash";
import type { PageTiles } from "../net/api";
import { BaseMap } from "./base_map";
import { FitControl } from "./fit_control";
import { kLineSource, line_features } from "./layers/rail_line";
import { on_long_press } from "./long_press";
import { on_palette_change, type Palette } from "./palette";
import { pick } from "./pick";
import { kPixelRatio } from "./symbols";
import { draw_image, ground_layer, kKindLayers, kNearSource, kSelectionSource, layers_of, layers_of_kind, map_style } from "./style";

export interface MapEvents {
  /** A station was clicked or tapped; null for empty ground. */
  on_pick(station_id: string | null): void;
  on_move(place: Place): void;
  /** A long press or a right click. */
  on_here(lat: number, lon: number): void;
}

/** So many bike stations are drawn as clusters from afar. */
const kClusterFrom = 300;
/** Drawn with the first picture; the others right behind it. */
const kFirstLayers = new Set(["bike-disc", "bike-cluster"]);
const kSelectZoom = 14;
/** As in app.css: below it the station's panel is a sheet at the bottom. */
const kNarrowWidth = 700;
/** From this width on the map leaves room for the legend. */
const kLegendRoom = 1000;
/** Width that the station's panel takes of a wide map. */
const kPanelWidth = 390;

const empty = () => ({ type: "FeatureCollection" as const, features: [] });

/** Starts the map's worker, which loads while the page is built. */
export function prepare_map(): void {
  setWorkerUrl(new URL("assets/maplibre-worker.js", document.baseURI).href);
  prewarm();
}

export class MapView {
  readonly map: MapLibre;
  private readonly base_: BaseMap;
  private readonly drawn_ = new Map<Kind, Set<string>>(kKindLayers.map(({ kind }) => [kind, new Set()]));
  private palette_: Palette;
  private touched_ = false;
  private lines_version_ = -1;
  private selected_ = false;
  private clustered_ = false;
  private all_layers_ = false;

  /** Resolves when the style is ready for data; rejects when the browser has no WebGL. */
  static async create(container: HTMLElement, palette: Palette, place: Place | null, store: Store, filter: MapFilter, events: MapEvents): Promise<MapView> {
    const view = new MapView(container, palette, place, store, filter, events);
    await view.map.once("style.load");
    for (const { kind } of kKindLayers) view.show_kind(kind);
    return view;
  }

  private constructor(
    container: HTMLElement,
    palette: Palette,
    place: Place | null,
    private readonly store: Store,
    private filter: MapFilter,
    private readonly events: MapEvents,
  ) {
    this.palette_ = palette;
    this.map = new MapLibre({
      container,
      style: map_style(palette),
      center: place ? [place.lon, place.lat] : [0, 20],
      zoom: place ? place.zoom : 1,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxPitch: 0,
      maxZoom: 20,
      fadeDuration: 0, // symbols change in place; fading would blink
      renderWorldCopies: false,
    });
    this.base_ = new BaseMap(this.map);
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new ScaleControl({ maxWidth: 110 }), "bottom-right");
    this.map.addControl(new FitControl(() => this.fit_all()), "bottom-right");
    this.map.addControl(new NavigationControl({ showCompass: false }), "bottom-right");
    this.listen();
  }

  private listen(): void {
    this.map.on("styleimagemissing", ({ id }) => {
      const image = draw_image(id, this.palette_);
      if (image !== null && !this.map.hasImage(id)) this.map.addImage(id, image, { pixelRatio: kPixelRatio });
    });
    this.map.on("click", (event) => void this.clicked(event));
    this.map.on("mousemove", (event) => {
      this.map.getCanvas().style.cursor = pick(this.map, event) === null ? "" : "pointer";
    });
    this.map.on("movestart", (event) => {
      if (event.originalEvent !== undefined) this.touched_ = true;
    });
    this.map.on("moveend", () => this.events.on_move(this.place()));
    on_long_press(this.map, (lon, lat) => this.events.on_here(lat, lon));
    on_palette_change((palette) => this.recolour(palette));
  }

  private async clicked(event: MapMouseEvent): Promise<void> {
    const picked = pick(this.map, event);
    if (picked === null || "station_id" in picked) return this.events.on_pick(picked?.station_id ?? null);
    this.touched_ = true;
    const zoom = await this.source("bike")?.getClusterExpansionZoom(picked.cluster_id);
    this.map.easeTo({ center: picked.at, zoom: (zoom ?? this.map.getZoom() + 1) + 0.2, duration: 400 });
  }

  place(): Place {
    const { lng, lat } = this.map.getCenter();
    return { zoom: this.map.getZoom(), lat, lon: lng };
  }

  /** The reader has moved the map, or chosen a station: from then on nothing else moves it. */
  get touched(): boolean {
    return this.touched_;
  }

  /** Whether the ring is round a station. */
  get selected(): boolean {
    return this.selected_;
  }

  /** Whether one of these stations lies outside the view. */
  outside(station_ids: Iterable<string>): boolean {
    const view = this.map.getBounds();
    for (const id of station_ids) {
      const station = this.store.get(id);
      const at = station === undefined ? null : position(station);
      if (at !== null && !view.contains(at)) return true;
    }
    return false;
  }

  apply(change: Change): void {
    for (const { kind } of kKindLayers) {
      if (kind !== "bike" && !this.all_layers_) continue;
      if (change.all) this.replace(kind);
      else this.update(kind, change);
    }
  }

  /** Another wish, other states or other layers: only what differs is drawn anew. */
  set_filter(filter: MapFilter): void {
    const before = this.filter;
    this.filter = filter;
    for (const { kind } of kKindLayers) {
      this.show_kind(kind);
      if (before.state !== filter.state || (kind === "bike" && before.want !== filter.want)) this.replace(kind);
    }
  }

  /** Until the first picture only the bike stations are drawn: each other kind of layer costs the graphics card a program. */
  show_all_layers(): void {
    this.all_layers_ = true;
    for (const { kind } of kKindLayers) {
      if (kind === "bike") this.show_kind(kind);
      else this.replace(kind);
    }
  }

  private show_kind(kind: Kind): void {
    const wanted = this.filter.kinds.has(kind);
    for (const layer of layers_of_kind(kind, this.palette_)) {
      const visibility = wanted && (this.all_layers_ || kFirstLayers.has(layer)) ? "visible" : "none";
      if (this.map.getLayoutProperty(layer, "visibility") !== visibility) this.map.setLayoutProperty(layer, "visibility", visibility);
    }
  }

  private replace(kind: Kind): void {
    const collection = collection_of(this.store.all(), kind, this.filter);
    this.drawn_.set(kind, new Set(collection.features.map((feature) => feature.properties.station_id)));
    if (kind === "bike") this.cluster(collection.features.length > kClusterFrom);
    this.source(kind)?.setData(collection);
    this.show_kind(kind);
  }

  /** A small system is seen whole: its stations stand for themselves at any zoom. */
  private cluster(wanted: boolean): void {
    if (wanted === this.clustered_) return;
    this.clustered_ = wanted;
    this.source("bike")?.setClusterOptions({ cluster: wanted });
  }

  private update(kind: Kind, change: Change): void {
    const drawn = this.drawn_.get(kind) ?? new Set();
    const diff = source_diff(change, this.store, kind, drawn, this.filter);
    if (diff === null) return;
    for (const id of diff.remove) drawn.delete(id);
    for (const feature of diff.add) drawn.add(feature.properties.station_id);
    if (kind === "bike") this.cluster(drawn.size > kClusterFrom);
    this.source(kind)?.updateData(diff);
  }

  /** Draws the lines, when they are not as they were. */
  show_lines(rail: RailModel): void {
    if (rail.version === this.lines_version_) return;
    this.lines_version_ = rail.version;
    const place_of = (id: string) => {
      const station = this.store.get(id);
      return station === undefined ? null : position(station);
    };
    this.source(kLineSource)?.setData(line_features(rail.lines(), place_of));
  }

  private source(name: string): GeoJSONSource | null {
    const source = this.map.getSource(name);
    return source instanceof GeoJSONSource ? source : null;
  }

  private get narrow(): boolean {
    return this.map.getContainer().clientWidth < kNarrowWidth;
  }

  /** All stations into view, at once: used for the first snapshot and by the button. */
  fit_all(): void {
    const bounds = bounds_of(this.store.all());
    if (bounds === null) return;
    // The legend covers the left side of a wide map.
    const roomy = this.map.getContainer().clientWidth > kLegendRoom;
    this.map.fitBounds(bounds, { padding: roomy ? { top: 70, bottom: 70, right: 70, left: 320 } : this.narrow ? 40 : 70, maxZoom: 15, animate: false });
  }

  jump_to(place: Place): void {
    this.map.jumpTo({ center: [place.lon, place.lat], zoom: place.zoom });
  }

  /** Brings a station chosen outside the map into view; leaves the view alone when it is there already. */
  show(station: Station): void {
    const at = position(station);
    if (at === null) return;
    const zoom = Math.max(this.map.getZoom(), kSelectZoom);
    if (this.map.getZoom() >= kSelectZoom - 1 && this.map.getBounds().contains(at)) return;
    const { clientHeight } = this.map.getContainer();
    const offset: [number, number] = this.narrow ? [0, -clientHeight * 0.2] : [-kPanelWidth / 2, 0];
    this.map.easeTo({ center: at, zoom, offset, duration: 500 });
  }

  /** Moves a station out from under its panel, which covers the right or, on a narrow screen, the lower part. */
  make_room(station: Station): void {
    const at = position(station);
    if (at === null || this.map.isMoving()) return;
    const { clientWidth, clientHeight } = this.map.getContainer();
    const { x, y } = this.map.project(at);
    const below = this.narrow ? y - clientHeight * 0.4 : 0;
    const beside = this.narrow || clientWidth < 2 * kPanelWidth ? 0 : x - (clientWidth - kPanelWidth - 20);
    if (below <= 0 && beside <= 0) return;
    this.map.panBy([beside > 0 ? beside + 40 : 0, below > 0 ? below + clientHeight * 0.1 : 0], { duration: 250 });
  }

  /** Draws the ring round a station, or takes it away. */
  select(station: Station | null): void {
    const at = station === null ? null : position(station);
    this.touched_ ||= at !== null;
    this.selected_ = station !== null;
    const features = at === null ? [] : [{ type: "Feature" as const, geometry: { type: "Point" as const, coordinates: at }, properties: {} }];
    this.source(kSelectionSource)?.setData({ type: "FeatureCollection", features });
  }

  /** Draws the spot that is searched near, and brings its circle into view when asked to. */
  show_near(near: Near | null, move: boolean): void {
    if (near === null) return void this.source(kNearSource)?.setData(empty());
    const corners = circle(near, near.radius_m);
    const spot = { type: "Feature" as const, geometry: { type: "Point" as const, coordinates: [near.lon, near.lat] }, properties: {} };
    const area = { type: "Feature" as const, geometry: { type: "Polygon" as const, coordinates: [corners] }, properties: {} };
    this.source(kNearSource)?.setData({ type: "FeatureCollection", features: [area, spot] });
    if (!move) return;
    this.touched_ = true;
    const [lons, lats] = [corners.map(([lon]) => lon), corners.map(([, lat]) => lat)];
    this.map.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], { padding: 30, duration: 400 });
  }

  show_base(tiles: PageTiles): Promise<void> {
    return this.base_.show(tiles, this.palette_);
  }

  /** Light to dark or back, without touching the data. */
  private recolour(palette: Palette): void {
    this.palette_ = palette;
    this.base_.recolour(palette);
    for (const layer of [ground_layer(palette), ...layers_of(palette)]) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) this.map.setPaintProperty(layer.id, name, value);
    }
    for (const id of this.map.listImages()) {
      const image = draw_image(id, palette);
      if (image !== null) this.map.updateImage(id, image);
    }
  }

  /** What the map source holds for a station inside the view: for tests. */
  drawn(station: Station): Record<string, unknown> | null {
    const filter = ["==", ["get", "station_id"], station.station_id] as ["==", unknown, string];
    const features = this.map.querySourceFeatures(station.kind, { filter: filter as never });
    return features[0]?.properties ?? null;
  }

  /** Where a place is, in pixels of the window: for tests. */
  pixel(at: [number, number]): { x: number; y: number } {
    const { x, y } = this.map.project(at);
    const box = this.map.getContainer().getBoundingClientRect();
    return { x: x + box.x, y: y + box.y };
  }

  /** The clusters in view, with their counts: for tests. */
  clusters(): Record<string, unknown>[] {
    return this.map.queryRenderedFeatures({ layers: ["bike-cluster"] }).map(({ properties, geometry }) => {
      return { ...properties, pixel: geometry.type === "Point" ? this.pixel(geometry.coordinates as [number, number]) : null };
    });
  }
}
