// Starts the page's worker, from its own file. The single-file page has none: there, this file is replaced by one that
// makes the same worker of a Blob.
const address = String(new URL("worker.js", import.meta.url));

// The one text that may become a script's address in this page.
const policy = globalThis.trustedTypes?.createPolicy("leastwise", {
  createScriptURL(text) {
    if (text !== address) throw new TypeError("not the page's worker");
    return text;
  },
});

export function startWorker() {
  return new Worker(policy?.createScriptURL(address) ?? address, { type: "module" });
}
