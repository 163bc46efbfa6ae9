// Ages in words. Times are milliseconds since 1970, as Date.parse gives them.

const kMinute = 60;
const kHour = 60 * kMinute;
const kDay = 24 * kHour;
const kMonth = 30.44 * kDay;
const kYear = 365.25 * kDay;

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** "42 s", "7 min", "2 h 5 min", "3 days", "4 months", "2 years". Negative counts as 0. */
export function duration_words(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < kMinute) return `${s} s`;
  if (s < kHour) return `${Math.floor(s / kMinute)} min`;
  if (s < kDay) {
    const minutes = Math.floor((s % kHour) / kMinute);
    return `${Math.floor(s / kHour)} h${minutes > 0 ? ` ${minutes} min` : ""}`;
  }
  if (s < 2 * kMonth) return counted(Math.floor(s / kDay), "day");
  if (s < 2 * kYear) return counted(Math.floor(s / kMonth), "month");
  return counted(Math.floor(s / kYear), "year");
}

/** Two clocks never agree exactly: this far ahead still counts as now. */
const kFutureTolerance = 5;

/** "12 s ago"; "3 min in the future" for a station whose clock runs ahead; "never" without a time. */
export function age_words(at_ms: number | null, now_ms: number): string {
  if (at_ms === null || !Number.isFinite(at_ms)) return "never";
  const seconds = (now_ms - at_ms) / 1000;
  if (seconds < -kFutureTolerance) return `${duration_words(-seconds)} in the future`;
  return `${duration_words(seconds)} ago`;
}

/** Milliseconds of an RFC 3339 time, or null when there is none or it cannot be read. */
export function time_ms(text: string | null | undefined): number | null {
  if (!text) return null;
  const ms = Date.parse(text);
  return Number.isFinite(ms) ? ms : null;
}
