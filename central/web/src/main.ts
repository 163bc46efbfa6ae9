// The page's entry point.
import "maplibre-gl/dist/maplibre-gl.css";
import "uplot/dist/uPlot.min.css";
import "./app.css";
import { App } from "./app";

void new App().start();
