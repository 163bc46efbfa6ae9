// Distances on the Earth, and how they are said.

const kEarth_m = 6_371_008.8;
const radians = (degrees: number) => (degrees * Math.PI) / 180;

export interface Spot {
  lat: number;
  lon: number;
}

/** Metres between two places on a sphere of the Earth's mean radius; under 0.6 % from the ellipsoid. */
export function distance_m(a: Spot, b: Spot): number {
  const [lat_a, lat_b] = [radians(a.lat), radians(b.lat)];
  const h = Math.sin((lat_b - lat_a) / 2) ** 2 + Math.cos(lat_a) * Math.cos(lat_b) * Math.sin(radians(b.lon - a.lon) / 2) ** 2;
  return 2 * kEarth_m * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** The corners of a circle round a spot, as [lon, lat], closed. */
export function circle(spot: Spot, radius_m: number, corners = 64): [number, number][] {
  const lat_deg = (radius_m / kEarth_m) * (180 / Math.PI);
  const lon_deg = lat_deg / Math.max(0.01, Math.cos(radians(spot.lat)));
  return Array.from({ length: corners + 1 }, (_, n) => {
    const angle = (2 * Math.PI * (n % corners)) / corners;
    return [spot.lon + lon_deg * Math.cos(angle), spot.lat + lat_deg * Math.sin(angle)];
  });
}
