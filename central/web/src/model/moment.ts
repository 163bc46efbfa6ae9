// A minute of the past, as people name it: by the day of their own zone and the minute in it.

export const kMinuteMs = 60_000;

export const minute_of = (ms: number) => Math.floor(ms / kMinuteMs) * kMinuteMs;

/** The reader's day in which a time lies: from its midnight to the next, which are 23 or 25 hours apart when the clocks change. */
export function day_of(ms: number): { from_ms: number; to_ms: number } {
  const from = new Date(ms);
  from.setHours(0, 0, 0, 0);
  const to = new Date(from);
  to.setDate(to.getDate() + 1);
  return { from_ms: from.getTime(), to_ms: to.getTime() };
}

const two = (number: number) => String(number).padStart(2, "0");

/** As a date field of a form has it: "2026-11-19". */
export function date_text(ms: number): string {
  const date = new Date(ms);
  return `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The same time of day on another date; null when the text is none. */
export function on_date(ms: number, text: string): number | null {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return null;
  const date = new Date(ms);
  date.setFullYear(Number(year), Number(month) - 1, Number(day));
  return date.getTime();
}

/** As the address has it: "2026-11-19T08:00Z". */
export const moment_text = (ms: number) => `${new Date(ms).toISOString().slice(0, 16)}Z`;

/** Where a key takes the slider, in minutes of the past; null: nowhere. */
export function key_target(key: string, at_ms: number): number | null {
  const steps: Record<string, number> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -60, PageUp: 60 };
  const step = steps[key];
  if (step !== undefined) return at_ms + step * kMinuteMs;
  if (key === "Home") return day_of(at_ms).from_ms;
  return key === "End" ? day_of(at_ms).to_ms - kMinuteMs : null;
}
