// A list of elements that follows a list of items: an item keeps its element, and with it focus,
// selection and scroll, for as long as its key stays.
import { arrange } from "../dom";

export interface Row<T> {
  element: HTMLElement;
  update(item: T): void;
}

export class KeyedRows<T> {
  private rows_ = new Map<string, Row<T>>();

  constructor(
    private readonly parent: Element,
    private readonly key: (item: T) => string,
    private readonly create: (item: T) => Row<T>,
  ) {}

  set(items: readonly T[]): void {
    const next = new Map<string, Row<T>>();
    for (const item of items) {
      const key = this.key(item);
      const row = this.rows_.get(key) ?? this.create(item);
      row.update(item);
      next.set(key, row);
    }
    this.rows_ = next;
    arrange(this.parent, [...next.values()].map((row) => row.element));
  }

  get(key: string): Row<T> | undefined {
    return this.rows_.get(key);
  }
}
