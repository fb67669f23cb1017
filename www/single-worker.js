// The loader of the single file's worker, in place of load.js: the page's first message is the module.
import { initSync } from "./leastwise.js";

const handed = new Promise((done) => {
  addEventListener(
    "message",
    (event) => {
      // It is for nobody else.
      event.stopImmediatePropagation();
      done(event.data);
    },
    { once: true },
  );
});

/** Resolves when the module is ready. */
export async function load() {
  initSync({ module: await WebAssembly.compile(await handed) });
}
