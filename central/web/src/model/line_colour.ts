// The colour of a line by its name: lines called after colours get theirs, others one of the same set. app.css names them.

export const kLineColours = ["red", "blue", "green", "orange", "purple", "brown", "pink", "yellow"] as const;
export type LineColour = (typeof kLineColours)[number];

/** The same for the same name, on every page. */
export function line_colour(route_id: string): LineColour {
  const name = route_id.toLowerCase();
  const named = kLineColours.find((colour) => name.split(/[^a-z]+/).includes(colour));
  if (named !== undefined) return named;
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 65_521;
  return kLineColours[hash % kLineColours.length] ?? "blue";
}
