// The page's entry point.
import "maplibre-gl/dist/maplibre-gl.css";
import "./app.css";
import { App } from "./app";

void new App().start();
