// The JSON API, as far as the page uses it. Fields are optional: central and page may differ in age.
import type { Pipeline } from "../model/faults";
import type { LedgerTotals, StationLedger } from "../model/ledger";

export interface Ledger {
  generated_at?: string;
  totals?: LedgerTotals;
  /** What operators have taken as gone from Kafka. */
  gaps?: { records?: number; list?: unknown[] };
}

export interface PageTiles {
  url: string;
  attribution: string;
}

/** What the operator has set for the page. */
export interface PageSettings {
  timezone?: string;
  geocoder_url?: string;
  tiles?: PageTiles | null;
}

export interface StationDetail {
  info?: Record<string, unknown> | null;
  ledger?: StationLedger | null;
}

export interface Readiness {
  status?: string;
  ingest?: string;
  reasons?: string[];
  what_to_run?: string | null;
}

export interface QuarantineItem {
  id: number;
  at?: string;
  times?: number;
  source?: string;
  reason?: string;
  detail?: string;
  agent?: string;
  station_id?: string;
  stream?: string;
  seq?: number | null;
  payload_text?: string | null;
  payload_hex?: string | null;
}

export interface QuarantinePage {
  items?: QuarantineItem[];
  counts?: Record<string, number>;
  next_cursor?: string | null;
}

export interface ReplayAnswer {
  replayed?: number;
  refused_again?: number;
  items?: { id: number; outcome?: string; reason?: string; detail?: string }[];
  next_cursor?: string | null;
}

const kTimeoutMs = 10_000;

/** Throws Error with the server's own words (RFC 9457) when the answer is not a success, or of the status taken too. */
export async function ask_json<T>(path: string, options: RequestInit = {}, taken_status = 200): Promise<T> {
  const abort = new AbortController();
  const timer = window.setTimeout(() => abort.abort(), kTimeoutMs);
  const headers = { accept: "application/json", ...options.headers };
  try {
    const response = await fetch(path, { ...options, headers, signal: abort.signal, cache: "no-store" });
    if (!response.ok && response.status !== taken_status) throw new Error(await problem_text(response));
    return (await response.json()) as T;
  } finally {
    window.clearTimeout(timer);
  }
}

async function problem_text(response: Response): Promise<string> {
  try {
    const problem = (await response.json()) as { title?: unknown; detail?: unknown };
    const words = [problem.title, problem.detail].filter((part) => typeof part === "string" && part !== "");
    if (words.length > 0) return words.join(": ");
  } catch {
    // not JSON: the status has to do
  }
  return `HTTP ${response.status}`;
}

/** The header is what a page of another site cannot send (central/README.md, "Operators"). */
const post_json = <T>(path: string) => ask_json<T>(path, { method: "POST", headers: { "x-wayside-operator": "page" } });
const query_of = (values: Record<string, string>) => new URLSearchParams(Object.entries(values).filter(([, value]) => value !== "")).toString();

export const fetch_page_settings = () => ask_json<PageSettings>("api/v1/page");
export const fetch_readiness = () => ask_json<Readiness>("readyz", {}, 503);
export const fetch_pipeline = () => ask_json<Pipeline>("api/v1/pipeline");
export const fetch_ledger_totals = () => ask_json<Ledger>("api/v1/ledger?limit=1");
export const fetch_station = (station_id: string) => ask_json<StationDetail>(`api/v1/stations/${encodeURIComponent(station_id)}`);
export const fetch_quarantine = (reason: string, cursor: string) => ask_json<QuarantinePage>(`api/v1/quarantine?${query_of({ limit: "20", reason, cursor })}`);
export const replay_item = (id: number) => post_json<ReplayAnswer>(`api/v1/quarantine/${id}/replay`);
export const replay_reason = (reason: string, cursor: string) => post_json<ReplayAnswer>(`api/v1/quarantine/replay?${query_of({ reason, cursor })}`);
