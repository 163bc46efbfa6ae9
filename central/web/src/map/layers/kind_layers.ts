// What one kind of station adds to the map. Each kind has its own GeoJSON source (named like the
// kind), so that a delta of one kind does not make the map work through the others.
import type { LayerSpecification } from "maplibre-gl";
import type { Kind } from "../../model/station";
import type { Palette } from "../palette";

export interface KindLayers {
  kind: Kind;
  /** Bottom first. Ids start with the kind. */
  layers(palette: Palette): LayerSpecification[];
  /** Layers that answer clicks. */
  clickable: string[];
  /** Draws the image that a layer asked for by an id of the form "kind|part|part…", or null. */
  image(parts: string[], palette: Palette): ImageData | null;
}
