// Times in the reader's zone, with the stations' own zone named beside where it is another.

let station_zone_: string | null = null;

/** An IANA name, or "" for none known. A name that the browser does not know is none. */
export function set_station_zone(name: string): void {
  station_zone_ = null;
  if (name === "") return;
  try {
    new Intl.DateTimeFormat(undefined, { timeZone: name });
    station_zone_ = name;
  } catch {
    console.warn(`wayside: unknown time zone ${name}`);
  }
}

export const viewer_zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

const kTimeOfDay: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", weekday: "short" };
const kMoment: Intl.DateTimeFormatOptions = { ...kTimeOfDay, day: "numeric", month: "short", year: "numeric" };

function in_both_zones(ms: number, format: Intl.DateTimeFormatOptions): string {
  const clock = (zone: string) => new Intl.DateTimeFormat(undefined, { ...format, timeZone: zone }).format(ms);
  const mine = `${clock(viewer_zone())} (${viewer_zone()})`;
  if (station_zone_ === null || station_zone_ === viewer_zone()) return mine;
  return `${mine}; ${clock(station_zone_)} at the station (${station_zone_})`;
}

/** "Fri 09:11 (Europe/Berlin); Fri 02:11 at the station (America/Chicago)". */
export const time_words = (ms: number) => in_both_zones(ms, kTimeOfDay);

/** The same with the date: "Tue, May 19, 2026, 08:00 (Europe/Berlin)". */
export const moment_words = (ms: number) => in_both_zones(ms, kMoment);
