// The forecast of a bike station: a line where central shows one, nothing elsewhere.
import { forecast_meaning, forecast_words } from "../model/forecast";
import { fetch_forecast } from "../net/api";
import { h, set_text } from "../dom";

const kAgainMs = 60_000;

export class ForecastLine {
  readonly element = h("p", { class: "forecast", "data-testid": "forecast", role: "status", hidden: true });
  private timer_: number | undefined;
  private closed_ = false;

  constructor(private readonly station_id: string) {
    void this.load();
  }

  close(): void {
    this.closed_ = true;
    window.clearTimeout(this.timer_);
  }

  private async load(): Promise<void> {
    let words = "";
    try {
      const { forecasts = [] } = await fetch_forecast(this.station_id);
      words = forecast_words(forecasts);
      this.element.title = forecast_meaning(forecasts);
    } catch {
      // without an answer nothing is forecast; the panel says what the stream says
    }
    if (this.closed_) return;
    set_text(this.element, words);
    this.element.hidden = words === "";
    this.timer_ = window.setTimeout(() => void this.load(), kAgainMs);
  }
}
