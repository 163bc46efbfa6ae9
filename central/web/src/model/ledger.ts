// A station's ledger in one line, and where its holes are.
import type { StationLedger } from "./api_types";

export type { StationLedger };

const number = (value: number | undefined) => new Intl.NumberFormat("en").format(value ?? 0);

/** `8,640 of 8,640 today, 0 missing, 12 repeats dropped`; days are days of UTC. */
export function day_words(ledger: StationLedger): string {
  const day = ledger.day ?? {};
  const extra = ([["refused", day.refused], ["lost at the agent", day.dropped]] as const).filter(([, count]) => (count ?? 0) > 0);
  const words = [`${number(day.received)} of ${number(day.accepted)} today`, `${number(day.missing)} missing`];
  for (const [name, count] of extra) words.push(`${number(count)} ${name}`);
  words.push(`${number(day.repeated)} repeats dropped`);
  return words.join(", ");
}

/** The first holes of all accounts: `3 to 7, between 08:11:00 and 08:14:00 UTC`. */
export function hole_words(ledger: StationLedger, most = 3): string[] {
  const holes = (ledger.accounts ?? [])
    .filter((account) => account.stranger !== true)
    .flatMap((account) => (account.missing_ranges ?? []).map((range, at) => ({ range, between: account.missing_between?.[at] ?? [null, null] })));
  const words = holes.slice(0, most).map(({ range: [first, last], between: [after, before] }) => {
    const seqs = first === last ? `no. ${number(first)}` : `no. ${number(first)} to ${number(last)}`;
    return typeof after === "string" && typeof before === "string" ? `${seqs}, between ${time(after)} and ${time(before)} UTC` : seqs;
  });
  return holes.length > most ? [...words, `and ${number(holes.length - most)} more holes`] : words;
}

const time = (text: string) => text.slice(0, 19).replace("T", " ");
