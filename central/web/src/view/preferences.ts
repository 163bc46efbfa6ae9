// What the reader prefers, kept in this browser: units. Dark or light and less motion follow the system.
import { set_units, type Units } from "../model/units";
import { h } from "../dom";

const kKey = "wayside-units";

/** Without storage (a private window) the preference lasts as long as the page. */
export function load_units(): Units {
  let units: Units = "metric";
  try {
    if (localStorage.getItem(kKey) === "imperial") units = "imperial";
  } catch {
    // metric
  }
  set_units(units);
  return units;
}

export function units_select(on_change: () => void): HTMLElement {
  const select = h("select", { id: "units", "data-testid": "units" }, h("option", { value: "metric" }, "Metric"), h("option", { value: "imperial" }, "Imperial"));
  select.value = load_units();
  select.addEventListener("change", () => {
    const units: Units = select.value === "imperial" ? "imperial" : "metric";
    set_units(units);
    try {
      localStorage.setItem(kKey, units);
    } catch {
      // it lasts as long as the page
    }
    on_change();
  });
  return h("p", { class: "units" }, h("label", { for: "units" }, "Units"), select);
}
