// The loader of the single file, in place of load.js and start.js: module and worker are in the page itself.
import { initSync } from "./leastwise.js";

const text = (id) => document.getElementById(id).textContent;
let module, started; // The module's bytes: a compiled one cannot be handed to a worker of a frame without an origin.

/** Resolves when the module is ready; later calls wait for the same one. */
export function load() {
  started ??= start();
  return started;
}

async function start() {
  const packed = Uint8Array.from(atob(text("module")), (letter) => letter.charCodeAt(0));
  const bytes = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  module = await new Response(bytes).arrayBuffer();
  initSync({ module: await WebAssembly.compile(module) });
}

// The one text that may become a script's address in this page: that of the worker's own text.
let address;
const policy = globalThis.trustedTypes?.createPolicy("leastwise", {
  createScriptURL(wanted) {
    if (wanted !== address) throw new TypeError("not the page's worker");
    return wanted;
  },
});

/** A new worker, with the module. */
export function startWorker() {
  // Not as a module: Chromium loads none from a Blob in a frame without an origin.
  address ??= URL.createObjectURL(new Blob([`(() => { "use strict";\n${text("worker")}})();`], { type: "text/javascript" }));
  const worker = new Worker(policy?.createScriptURL(address) ?? address);
  worker.postMessage(module);
  return worker;
}
