// Starts the page's worker, from its own file. The single-file page has none: there, this file is replaced by one that
// makes the same worker of a Blob.

// A worker's own file brings a policy of its own, and a server that sends none would leave the worker free to reach anything.
// A Blob inherits the page's policy, and what it imports is held by that: so the worker is a Blob that imports the file.
const file = String(new URL("worker.js", import.meta.url));
const address = URL.createObjectURL(new Blob([`import ${JSON.stringify(file)};`], { type: "text/javascript" }));

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
