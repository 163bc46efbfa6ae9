// The JSON API, as far as the page uses it. Fields are optional: central and page may differ in age.

export interface AgentHealth {
  agent?: string;
  status?: string;
  version?: string;
  clock?: string;
  last_word_at?: string | null;
  age_s?: number | null;
  drivers?: { source?: string; driver?: string; state?: string; last_error?: string }[];
  outbox?: { readings?: number; bytes?: number; bytes_max?: number; hours_left?: number | null };
}

export interface BridgeHealth {
  bridge?: string;
  status?: string;
  last_word_at?: string | null;
  age_s?: number | null;
  in_flight?: number;
  warnings?: string[];
}

export interface Pipeline {
  generated_at?: string;
  version?: string;
  kafka?: { cluster_id?: string; state?: string; lag_total?: number };
  agents?: AgentHealth[];
  bridges?: BridgeHealth[];
  quarantine?: { total?: number; by_reason?: Record<string, number> };
  rates?: { readings_per_s?: number };
  viewers?: number;
}

export interface LedgerTotals {
  accepted?: number;
  received?: number;
  refused?: number;
  dropped?: number;
  waiting?: number;
  missing?: number;
  repeated?: number;
  unnumbered?: number;
}

export interface Ledger {
  generated_at?: string;
  totals?: LedgerTotals;
}

const kTimeoutMs = 10_000;

/** Throws Error with the server's own words (RFC 9457) when the answer is not a success. */
async function get_json<T>(path: string): Promise<T> {
  const abort = new AbortController();
  const timer = window.setTimeout(() => abort.abort(), kTimeoutMs);
  try {
    const response = await fetch(path, { headers: { accept: "application/json" }, signal: abort.signal, cache: "no-store" });
    if (!response.ok) throw new Error(await problem_text(response));
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

export const fetch_pipeline = () => get_json<Pipeline>("api/v1/pipeline");
export const fetch_ledger_totals = () => get_json<Ledger>("api/v1/ledger?limit=1");
