// Readings of the past, page by page.
import type { Reading } from "../model/history";
import { ask_json } from "./api";

const kPage = 10_000;
/** A chart needs no more; what is older than these pages is left out. */
const kPagesMax = 6;

interface Page {
  readings?: Reading[];
  next_cursor?: string | null;
}

export async function fetch_readings(station_id: string, stream: string, since_ms: number, until_ms: number): Promise<Reading[]> {
  const readings: Reading[] = [];
  let cursor = "";
  for (let page = 0; page < kPagesMax; page += 1) {
    const query = new URLSearchParams({ stream, since: new Date(since_ms).toISOString(), until: new Date(until_ms).toISOString(), limit: String(kPage) });
    if (cursor !== "") query.set("cursor", cursor);
    const answer: Page = await ask_json<Page>(`api/v1/stations/${encodeURIComponent(station_id)}/readings?${query}`);
    readings.push(...(answer.readings ?? []));
    cursor = answer.next_cursor ?? "";
    if (cursor === "") break;
  }
  return readings;
}
