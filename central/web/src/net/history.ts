// Readings of the past, page by page.
import type { Aggregate } from "../model/aggregates";
import type { Reading } from "../model/history";
import type { Schemas } from "../model/api_types";
import { get } from "./client";

const kPage = 10_000;
/** A chart needs no more; what is older than these pages is left out. */
const kPagesMax = 6;


export async function fetch_readings(station_id: string, stream: string, since_ms: number, until_ms: number): Promise<Reading[]> {
  const readings: Reading[] = [];
  let cursor = "";
  for (let page = 0; page < kPagesMax; page += 1) {
    const query = { stream: stream as Schemas["Stream"], since: new Date(since_ms).toISOString(), until: new Date(until_ms).toISOString(), limit: kPage, cursor };
    const answer = await get("/api/v1/stations/{id}/readings", { id: station_id, query });
    readings.push(...((answer.readings ?? []) as Reading[]));
    cursor = answer.next_cursor ?? "";
    if (cursor === "") break;
  }
  return readings;
}

/** Figures per hour or day; at most a page of them, which is more than a chart draws. */
export async function fetch_aggregates(station_id: string, stream: string, resolution: "hour" | "day", since_ms: number, until_ms: number): Promise<Aggregate[]> {
  const query = { stream: stream as "bike_status", resolution, since: new Date(since_ms).toISOString(), until: new Date(until_ms).toISOString(), limit: kPage };
  const answer = await get("/api/v1/stations/{id}/aggregates", { id: station_id, query });
  return (answer.aggregates ?? []) as Aggregate[];
}
