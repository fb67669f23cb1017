// The loader of the single file, in place of load.js and start.js: both modules and the worker are in the page itself.
import { initSync } from "./leastwise.js";
import { unpack } from "./unpack.js";

const text = (id) => document.getElementById(id).textContent;
let started;

/** Resolves when the page's module is ready; later calls wait for the same one. */
export function load() {
  started ??= unpack(text("module")).then((module) => initSync({ module }));
  return started;
}

// The one text that may become a script's address in this page: that of the worker's own text.
let address;
const policy = globalThis.trustedTypes?.createPolicy("leastwise", {
  createScriptURL(wanted) {
    if (wanted !== address) throw new TypeError("not the page's worker");
    return wanted;
  },
});

/** A new worker, with its module: as text, which it unpacks itself. A compiled one cannot be handed to a frame without an origin. */
export function startWorker() {
  // Not as a module: Chromium loads none from a Blob in a frame without an origin.
  address ??= URL.createObjectURL(new Blob([`(() => { "use strict";\n${text("worker")}})();`], { type: "text/javascript" }));
  const worker = new Worker(policy?.createScriptURL(address) ?? address);
  worker.postMessage(text("analysis"));
  return worker;
}
