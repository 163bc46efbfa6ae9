// Asks central by its OpenAPI document: a path, a parameter or a field that the document does not have is an error of the type check.
import type { Loose } from "../model/api_types";
import type { paths } from "../../generated/openapi";

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

type Method = "get" | "post";
type Operation<P extends keyof paths, M extends Method> = Exclude<paths[P][M], undefined>;
/** The JSON of a success. */
type Answer<Op> = Op extends { responses: { 200: { content: { "application/json": infer Body } } } } ? Loose<Body> : never;
type Query<Op> = Op extends { parameters: { query?: infer Q } } ? Exclude<Q, undefined> : never;

export interface Question<Op> {
  /** For `{id}` in the path. */
  id?: string | number;
  query?: Query<Op>;
  /** Taken as an answer too. */
  status?: number;
}

/** The address of a question, relative to the page. */
function address_of(path: string, id: string | number | undefined, query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const words = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return path.slice(1).replace("{id}", encodeURIComponent(id ?? "")) + (words === "" ? "" : `?${words}`);
}

export function get<P extends keyof paths>(path: P, { id, query, status }: Question<Operation<P, "get">> = {}): Promise<Answer<Operation<P, "get">>> {
  return ask_json(address_of(path, id, query ?? {}), {}, status);
}

/** The header is what a page of another site cannot send (central/README.md, "Operators"). */
export function post<P extends keyof paths>(path: P, { id, query }: Question<Operation<P, "post">> = {}): Promise<Answer<Operation<P, "post">>> {
  return ask_json(address_of(path, id, query ?? {}), { method: "POST", headers: { "x-wayside-operator": "page" } });
}
