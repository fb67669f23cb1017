// The loader of the single file's worker, in place of load.js: the page's first message is the text that holds the module.
import { initSync } from "./leastwise.js";
import { unpack } from "./unpack.js";

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
  initSync({ module: await unpack(await handed) });
}
