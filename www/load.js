// Reads the product's own wasm module and starts it. The one place in all of our scripts that asks for a file; the
// Content-Security-Policy of each page keeps it to our own files, and a test compares this line word for word.
import { initSync } from "./leastwise.js";

let started;

/** Resolves when the module is ready; later calls wait for the same one. */
export function load() {
  started ??= start();
  return started;
}

async function start() {
  const response = await fetch(new URL("leastwise.wasm", import.meta.url));
  if (!response.ok) throw new Error(`leastwise.wasm: ${response.status}`);
  initSync({ module: await WebAssembly.compile(await response.arrayBuffer()) });
}
