// Starts the page: what is seen is in one wasm module, what reads and judges in the worker's own, larger one. Both load side
// by side, and the page is there before its worker is. This hands messages from one to the other.
import { load } from "./load.js";
import { start_page } from "./leastwise.js";
import { startWorker } from "./start.js";

// No feature needs a peer connection, and the policy of the page does not cover it: it goes before anything runs.
for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel"]) delete globalThis[name];

// The first worker begins to load with the page; it waits for the first word.
let fresh = startWorker();
let worker;

/** Starts a new worker in place of the old one, which ends at once with all that it holds; gives back how to reach it. */
function connect(said) {
  worker?.terminate();
  const own = (worker = fresh ?? startWorker());
  fresh = undefined;
  // What an ended worker still says concerns nobody.
  own.onmessage = ({ data }) => own === worker && said(data);
  own.onerror = (event) => own === worker && said(["failed", null, String(event.message ?? "")]);
  return (message) => own.postMessage(message);
}

// What the page is held to, in its own words.
document.getElementById("policy").textContent = document.querySelector("meta[http-equiv=Content-Security-Policy]").content;

const root = document.getElementById("app");
try {
  await load();
  start_page(root, connect);
} catch (error) {
  document.getElementById("status").textContent =
    "Leastwise could not start in this browser: it needs WebAssembly with SIMD (Chromium 121, Firefox 140 or newer). " + error;
}
