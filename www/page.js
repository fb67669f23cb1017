// Starts the page. Everything else is in the wasm module.
import { load } from "./load.js";
import { start_page } from "./leastwise.js";

// No feature needs a peer connection, and the policy of the page does not cover it: it goes before anything runs.
for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel"]) delete globalThis[name];

const root = document.getElementById("app");
try {
  await load();
  start_page(root);
} catch (error) {
  document.getElementById("status").textContent =
    "Leastwise could not start in this browser: it needs WebAssembly with SIMD (Chromium 121, Firefox 140 or newer). " + error;
}
