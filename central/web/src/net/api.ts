// What the page asks central. Any part of an answer may be missing: central and page may differ in age.
import type { Alert, Loose, QuarantineItem, Schemas } from "../model/api_types";
import type { Pipeline } from "../model/faults";
import { get, post } from "./client";

export { ask_json } from "./client";
export type { QuarantineItem };
export type Ledger = Loose<Schemas["Ledger"]>;
export type PageSettings = Omit<Loose<Schemas["PageSettings"]>, "tiles"> & { tiles?: PageTiles | null };
export type PageTiles = NonNullable<Schemas["PageSettings"]["tiles"]>;
export type StationDetail = Loose<Schemas["Station"]>;
export type Readiness = Loose<Schemas["Readiness"]>;
export type QuarantinePage = Omit<Loose<Schemas["QuarantinePage"]>, "items"> & { items?: QuarantineItem[] };
export type ReplayAnswer = Loose<Schemas["ReplayPage"]>;
export type AlertPage = Omit<Loose<Schemas["AlertPage"]>, "alerts"> & { alerts?: Alert[] };

export const fetch_page_settings = () => get("/api/v1/page") as Promise<PageSettings>;
export const fetch_readiness = () => get("/readyz", { status: 503 });
export const fetch_pipeline = () => get("/api/v1/pipeline") as Promise<Pipeline>;
export const fetch_alerts = (state: "open" | "closed", limit: number, cursor: string) => get("/api/v1/alerts", { query: { state, limit, cursor } }) as Promise<AlertPage>;
export const fetch_ledger_totals = () => get("/api/v1/ledger", { query: { limit: 1 } });
export const fetch_station = (id: string) => get("/api/v1/stations/{id}", { id });
export const fetch_forecast = (id: string) => get("/api/v1/stations/{id}/forecast", { id });
export const fetch_quarantine = (reason: string, cursor: string) => get("/api/v1/quarantine", { query: { limit: 20, reason: reason as Schemas["Reason"], cursor } }) as Promise<QuarantinePage>;
export const replay_item = (id: number) => post("/api/v1/quarantine/{id}/replay", { id });
export const replay_reason = (reason: string, cursor: string) => post("/api/v1/quarantine/replay", { query: { reason: reason as Schemas["Reason"], cursor } });
