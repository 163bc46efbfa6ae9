// The operator's base map below our layers: raster or vector tiles, from central's own file or from a tile server.
// Vector tiles are expected in the Protomaps scheme (https://docs.protomaps.com/basemaps/layers), layers it lacks are left out.
import { addProtocol, type LayerSpecification, type Map as MapLibre, type SourceSpecification } from "maplibre-gl";
import { PMTiles, Protocol, TileType } from "pmtiles";
import type { PageTiles } from "../net/api";
import { h } from "../dom";
import type { Palette } from "./palette";
import { kTextFont } from "./symbols";

const kSource = "base";
/** Ours begin here; the base map lies below. */
const kAbove = "near-area";

export class BaseMap {
  private vector_ = false;

  constructor(private readonly map: MapLibre) {}

  /** Throws when the tiles cannot be read. */
  async show(tiles: PageTiles, palette: Palette): Promise<void> {
    const source = tiles.url.includes("{z}") ? this.server(tiles.url) : await this.file(tiles.url);
    this.map.addSource(kSource, source);
    for (const layer of this.layers(palette)) this.map.addLayer(layer, kAbove);
    if (tiles.attribution !== "") this.map.getContainer().append(h("p", { class: "attribution", "data-testid": "attribution" }, tiles.attribution));
  }

  private server(url: string): SourceSpecification {
    this.vector_ = /\.(mvt|pbf)(\?|$)/.test(url);
    return this.vector_ ? { type: "vector", tiles: [url], maxzoom: 15 } : { type: "raster", tiles: [url], tileSize: 256, maxzoom: 19 };
  }

  private async file(path: string): Promise<SourceSpecification> {
    const url = new URL(path, document.baseURI).href;
    const file = new PMTiles(url);
    const protocol = new Protocol();
    protocol.add(file);
    addProtocol("pmtiles", protocol.tile);
    const header = await file.getHeader();
    this.vector_ = header.tileType === TileType.Mvt;
    const common = { url: `pmtiles://${url}` };
    return this.vector_ ? { type: "vector", ...common } : { type: "raster", tileSize: 256, ...common };
  }

  /** Light to dark or back. */
  recolour(palette: Palette): void {
    if (this.map.getSource(kSource) === undefined) return;
    for (const layer of this.layers(palette)) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) this.map.setPaintProperty(layer.id, name, value);
    }
  }

  private layers(palette: Palette): LayerSpecification[] {
    return this.vector_ ? vector_layers(palette) : [raster_layer()];
  }
}

const kDark = "(prefers-color-scheme: dark)";

/** Pictures cannot change their colours: at night they are dimmed. */
function raster_layer(): LayerSpecification {
  const dark = window.matchMedia(kDark).matches;
  return { id: "base-raster", type: "raster", source: kSource, paint: { "raster-brightness-max": dark ? 0.45 : 1, "raster-saturation": dark ? -0.6 : -0.3, "raster-opacity": 0.9 } };
}

function vector_layers(palette: Palette): LayerSpecification[] {
  const source = { source: kSource };
  const green = ["park", "forest", "wood", "grass", "nature_reserve", "cemetery", "golf_course"];
  return [
    { id: "base-earth", type: "fill", ...source, "source-layer": "earth", paint: { "fill-color": palette.ground } },
    { id: "base-park", type: "fill", ...source, "source-layer": "landuse", filter: ["in", ["get", "kind"], ["literal", green]], paint: { "fill-color": palette.park } },
    { id: "base-water", type: "fill", ...source, "source-layer": "water", paint: { "fill-color": palette.water } },
    { id: "base-building", type: "fill", ...source, "source-layer": "buildings", minzoom: 14, paint: { "fill-color": palette.building } },
    {
      id: "base-road",
      type: "line",
      ...source,
      "source-layer": "roads",
      filter: ["!=", ["get", "kind"], "rail"],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": palette.road, "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 8, 0.5, 13, ["match", ["get", "kind"], ["highway", "major_road"], 3, 1.2], 17, ["match", ["get", "kind"], ["highway", "major_road"], 16, 9]] },
    },
    {
      id: "base-street",
      type: "symbol",
      ...source,
      "source-layer": "roads",
      minzoom: 14,
      layout: { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": kTextFont, "text-size": 11 },
      paint: { "text-color": palette.muted, "text-halo-color": palette.ground, "text-halo-width": 1.5 },
    },
    {
      id: "base-place",
      type: "symbol",
      ...source,
      "source-layer": "places",
      layout: { "text-field": ["get", "name"], "text-font": kTextFont, "text-size": 13 },
      paint: { "text-color": palette.muted, "text-halo-color": palette.ground, "text-halo-width": 1.5 },
    },
  ];
}
