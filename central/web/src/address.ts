// Keeps the page's address in step with what is shown, a moment after it changed.
import { format_hash, parse_hash, type HashState } from "./model/url_hash";

const kWriteMs = 250;

export class Address {
  state: HashState = parse_hash(location.hash);
  private timer_: number | undefined;

  set(part: Partial<HashState>): void {
    this.state = { ...this.state, ...part };
    window.clearTimeout(this.timer_);
    this.timer_ = window.setTimeout(() => this.write(), kWriteMs);
  }

  private write(): void {
    const hash = format_hash(this.state);
    if (hash !== location.hash) history.replaceState(null, "", hash === "" ? location.pathname : hash);
  }
}
