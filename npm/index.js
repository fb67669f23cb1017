// For node: the module is read from the package's own folder, at once.
import { readFileSync } from "node:fs";
import { initSync } from "./leastwise.js";

initSync({ module: readFileSync(new URL("leastwise.wasm", import.meta.url)) });

export const ready = Promise.resolve();
export { audit, classify, permits } from "./api.js";
