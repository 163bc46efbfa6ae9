// The map: takes Changes, keeps its sources in step without rebuilding them, reports clicks and moves.
import { GeoJSONSource, Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl, type MapMouseEvent } from "maplibre-gl";
import { bounds_of, collection_of, source_diff } from "../model/features";
import { position, type Kind, type Station } from "../model/station";
import type { Change, Store } from "../model/store";
import type { Place } from "../model/url_hash";
import { FitControl } from "./fit_control";
import { on_palette_change, type Palette } from "./palette";
import { kPixelRatio } from "./symbols";
import { draw_image, kKindLayers, kSelectionSource, layers_of, map_style } from "./style";

export interface MapEvents {
  /** A station was clicked or tapped; null for empty ground. */
  on_pick(station_id: string | null): void;
  on_move(place: Place): void;
}

const kClickable = kKindLayers.flatMap((layers) => layers.clickable);
const kSelectZoom = 14;
/** As in app.css: below it the popup is a sheet at the bottom. */
const kNarrowWidth = 700;

export class MapView {
  readonly map: MapLibre;
  private readonly drawn_ = new Map<Kind, Set<string>>(kKindLayers.map(({ kind }) => [kind, new Set()]));
  private palette_: Palette;
  private touched_ = false;

  /** Resolves when the style is ready for data; rejects when the browser has no WebGL. */
  static async create(container: HTMLElement, palette: Palette, place: Place | null, store: Store, events: MapEvents): Promise<MapView> {
    setWorkerUrl(new URL("assets/maplibre-worker.js", document.baseURI).href);
    const view = new MapView(container, palette, place, store, events);
    if (!view.map.isStyleLoaded()) await view.map.once("load");
    return view;
  }

  private constructor(
    container: HTMLElement,
    palette: Palette,
    place: Place | null,
    private readonly store: Store,
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
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(new FitControl(() => this.fit_all()), "top-right");
    this.map.addControl(new ScaleControl({ maxWidth: 110 }), "bottom-right");
    this.listen();
  }

  private listen(): void {
    this.map.on("styleimagemissing", ({ id }) => {
      const image = draw_image(id, this.palette_);
      if (image !== null && !this.map.hasImage(id)) this.map.addImage(id, image, { pixelRatio: kPixelRatio });
    });
    this.map.on("click", (event) => this.events.on_pick(this.pick(event)));
    this.map.on("mousemove", (event) => {
      this.map.getCanvas().style.cursor = this.pick(event) === null ? "" : "pointer";
    });
    this.map.on("movestart", (event) => {
      if (event.originalEvent !== undefined) this.touched_ = true;
    });
    this.map.on("moveend", () => this.events.on_move(this.place()));
    on_palette_change((palette) => this.recolour(palette));
  }

  /** The nearest station to the pointer, with room for fingers. */
  private pick(event: MapMouseEvent): string | null {
    const reach = window.matchMedia("(pointer: coarse)").matches ? 14 : 5;
    const { x, y } = event.point;
    const found = this.map.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], { layers: kClickable });
    let best: string | null = null;
    let best_distance = Infinity;
    for (const feature of found) {
      if (feature.geometry.type !== "Point") continue;
      const at = this.map.project(feature.geometry.coordinates as [number, number]);
      const distance = Math.hypot(at.x - x, at.y - y);
      if (distance >= best_distance) continue;
      best_distance = distance;
      best = String(feature.properties.station_id);
    }
    return best;
  }

  place(): Place {
    const { lng, lat } = this.map.getCenter();
    return { zoom: this.map.getZoom(), lat, lon: lng };
  }

  /** The reader has moved the map, or chosen a station: from then on nothing else moves it. */
  get touched(): boolean {
    return this.touched_;
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
      if (change.all) this.replace(kind);
      else this.update(kind, change);
    }
  }

  private replace(kind: Kind): void {
    const collection = collection_of(this.store.all(), kind);
    this.drawn_.set(kind, new Set(collection.features.map((feature) => feature.properties.station_id)));
    this.source(kind)?.setData(collection);
  }

  private update(kind: Kind, change: Change): void {
    const drawn = this.drawn_.get(kind) ?? new Set();
    const diff = source_diff(change, this.store, kind, drawn);
    if (diff === null) return;
    for (const id of diff.remove) drawn.delete(id);
    for (const feature of diff.add) drawn.add(feature.properties.station_id);
    this.source(kind)?.updateData(diff);
  }

  private source(name: string): GeoJSONSource | null {
    const source = this.map.getSource(name);
    return source instanceof GeoJSONSource ? source : null;
  }

  /** All stations into view, at once: used for the first snapshot and by the button. */
  fit_all(): void {
    const bounds = bounds_of(this.store.all());
    if (bounds === null) return;
    const narrow = this.map.getContainer().clientWidth < kNarrowWidth;
    this.map.fitBounds(bounds, { padding: narrow ? 40 : 70, maxZoom: 15, animate: false });
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
    const { clientWidth, clientHeight } = this.map.getContainer();
    const offset: [number, number] = [0, clientWidth < kNarrowWidth ? -clientHeight * 0.2 : 0];
    this.map.easeTo({ center: at, zoom, offset, duration: 500 });
  }

  /** On a narrow screen the popup covers the lower part: moves a station out from under it. */
  make_room(station: Station): void {
    const at = position(station);
    const { clientWidth, clientHeight } = this.map.getContainer();
    if (at === null || clientWidth >= kNarrowWidth || this.map.isMoving()) return;
    const below = this.map.project(at).y - clientHeight * 0.4;
    if (below > 0) this.map.panBy([0, below + clientHeight * 0.1], { duration: 250 });
  }

  /** Draws the ring round a station, or takes it away. */
  select(station: Station | null): void {
    const at = station === null ? null : position(station);
    this.touched_ ||= at !== null;
    const features = at === null ? [] : [{ type: "Feature" as const, geometry: { type: "Point" as const, coordinates: at }, properties: {} }];
    this.source(kSelectionSource)?.setData({ type: "FeatureCollection", features });
  }

  /** Light to dark or back, without touching the data. */
  private recolour(palette: Palette): void {
    this.palette_ = palette;
    for (const layer of layers_of(palette)) {
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
}
