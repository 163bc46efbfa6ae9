// Building elements. Text goes in as text nodes only; nothing here or elsewhere parses HTML from data.

type Child = Node | string | null;

/**
 * An element with attributes and children. `true` sets an empty attribute, `false` and null leave it
 * out. There is no way to set a style or a handler by attribute: the page's CSP forbids both.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | boolean | null> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child): child is Node | string => child !== null));
  return element;
}

/** Sets text only when it differs: screen readers and selections stay undisturbed. */
export function set_text(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

export function set_attribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** An element of index.html; its absence is a bug of ours. */
export function by_id<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`index.html has no #${id}`);
  return element as T;
}

/** Makes `parent`'s children exactly `wanted`, in order, moving as little as possible. */
export function arrange(parent: Element, wanted: readonly Element[]): void {
  const keep = new Set<Element>(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  wanted.forEach((element, at) => {
    const there = parent.children[at];
    if (there !== element) parent.insertBefore(element, there ?? null);
  });
}
