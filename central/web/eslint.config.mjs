// Lint rules: typescript-eslint's recommended set, plus the sizes of the house style and a ban on
// every way to turn data into HTML: station names come from strangers.
import tseslint from "typescript-eslint";

const html_sinks = ["innerHTML", "outerHTML", "insertAdjacentHTML", "setHTML", "document.write"];

export default tseslint.config(
  { ignores: ["dist/", "generated/", "node_modules/"] },
  ...tseslint.configs.recommended,
  {
    files: ["**/*.ts", "**/*.mjs"],
    rules: {
      eqeqeq: "error",
      "no-eval": "error",
      "max-lines": ["error", 400],
      "max-lines-per-function": ["error", 70],
      "no-restricted-properties": [
        "error",
        ...html_sinks.map((property) => ({ property, message: "Build elements with h() from dom.ts; it only sets text." })),
      ],
    },
  },
  { files: ["test/**"], rules: { "max-lines-per-function": "off" } },
);
