// Central's answers, by the types that `npm run types` makes of central/openapi.json: a field that central does not have, or has otherwise, is an
// error of the type check.
import type { components } from "../../generated/openapi";

export type Schemas = components["schemas"];

/** Central and page may differ in age: any part of an answer may be missing. */
export type Loose<T> = T extends readonly (infer Item)[] ? Loose<Item>[] : string extends keyof T ? { [Key in keyof T]: Loose<T[Key]> } : T extends object ? { [Key in keyof T]?: Loose<T[Key]> } : T;

/** The same, but for parts without which the rest says nothing. */
type LooseBut<T, Needed extends keyof T> = Loose<T> & Pick<T, Needed>;

/** What is read of JSON that nobody has checked yet: its fields by name, each of any type. */
export type Unchecked<T> = { [Key in keyof T]?: unknown };

export type Alert = LooseBut<Schemas["Alert"], "alert_id" | "rule">;
export type QuarantineItem = LooseBut<Schemas["RefusedItem"], "id">;
export type Reading = Pick<Schemas["Reading"], "observed_at" | "values">;
export type LedgerTotals = Loose<Schemas["Ledger"]["totals"]>;
export type StationLedger = Loose<Schemas["StationLedger"]>;
