// The scanner as the browser runs it: measure/scan_wasm.rs in node.
import { readFileSync } from 'node:fs';

/** Bytes a second of a scan and of copying the text into the module, the best of many runs in turns; what was found. */
export function wasm(path, bytes) {
  const module = new WebAssembly.Module(readFileSync(path));
  // The library's other parts import what they need of a browser; the scanner calls none of it.
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    (imports[from] ??= {})[name] = () => { throw new Error(`${name}: called by the scanner`); };
  }
  const { memory, room, scan } = new WebAssembly.Instance(module, imports).exports;
  const seconds = (job) => {
    const before = process.cpuUsage();
    job();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
  let [copied, scanned, found] = [Infinity, Infinity, 0];
  const place = room(bytes.length);
  for (let run = 0; run < 40; run += 1) {
    copied = Math.min(copied, seconds(() => new Uint8Array(memory.buffer, place, bytes.length).set(bytes)));
    scanned = Math.min(scanned, seconds(() => { found = scan(); }));
  }
  return { scan: bytes.length / scanned, copy: bytes.length / copied, found };
}
