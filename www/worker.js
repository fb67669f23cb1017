// The page's worker: reads the user's files slice by slice, lets the wasm module judge them, and answers what the page asks
// about the report. The page hands over files as they are: a File is a name for bytes, so nothing is copied until a slice
// is read here. What goes back is cut from the report. Messages are arrays, the first word says which:
//   to us:   ["check", {run, today, given}, blobs]   ["cancel"]   ["ask", number, question]
//   from us: ["progress", {…}]   ["summary", {…}]   ["told", number, answer]   ["failed", id, message]
import { load } from "./analysis/load.js";
import { Bench } from "./analysis/leastwise.js";

const SLICE = 4 << 20;
// Between two reports of a check that goes on, milliseconds; and a report may take this part of the time since the one before.
const PATIENCE = 300;
const SHARE = 5;

let bench;
// The check that may go on; any other one stops at its next slice.
let current = 0;
// Which input is being read or judged, for the case that the module fails.
let reading = null;
let turn = start();

async function start() {
  await load();
  bench = new Bench();
}

onmessage = ({ data: [word, ...rest] }) => {
  if (word === "check") {
    const [check, blobs] = rest;
    current = check.run;
    turn = turn.then(() => run(check, blobs)).catch(failed);
  } else if (word === "cancel") {
    current = 0;
  } else if (word === "ask") {
    // A question may be asked while a slice is awaited: it is answered from what is known so far.
    const [number, question] = rest;
    (bench ? Promise.resolve() : turn).then(() => postMessage(["told", number, bench.answer(question)])).catch(failed);
  }
};

function failed(error) {
  postMessage(["failed", reading, String(error?.message ?? error)]);
}

async function run({ run, today, given }, blobs) {
  if (run !== current) return;
  bench.begin(today, given);
  const wanted = given.map(({ id }, index) => ({ id, blob: blobs[index] })).filter(({ id }) => bench.needs(id));
  const total = wanted.reduce((sum, { blob }) => sum + (blob?.size ?? 0), 0);
  let [before, told, cost] = [0, performance.now(), 0];
  // What is known so far is shown now and then, also of a file that is still read; never for more than a part of the time.
  const tell = () => {
    const now = performance.now();
    if (now - told < Math.max(PATIENCE, SHARE * cost)) return;
    postMessage(["summary", bench.summary(run, false)]);
    told = performance.now();
    cost = told - now;
  };
  for (const { id, blob } of wanted) {
    reading = id;
    const left = wanted.slice(wanted.findIndex((input) => input.id === id)).map((input) => input.id);
    const done = await read(run, id, blob, (at) => {
      postMessage(["progress", { run, id, done: before + at, total, left }]);
      if (at > 0 && at < blob.size) tell();
    });
    reading = null;
    if (!done) break;
    before += blob?.size ?? 0;
    if (id !== wanted.at(-1).id) tell();
  }
  // A newer check says the last word: after a word to stop, the page asks for one without what was not read.
  if (current !== run) return;
  postMessage(["summary", bench.summary(run, true)]);
}

/** Reads one input; false when the check was stopped meanwhile. */
async function read(run, id, blob, progress) {
  const size = blob?.size ?? 0;
  bench.expect(id, size);
  for (let at = 0; at < size; at += SLICE) {
    progress(at);
    let slice;
    try {
      slice = new Uint8Array(await blob.slice(at, at + SLICE).arrayBuffer());
    } catch {
      bench.fail(id, size, "browser");
      return current === run;
    }
    if (current !== run) return false;
    if (!bench.feed(slice)) {
      bench.fail(id, size, "memory");
      return true;
    }
  }
  progress(size);
  // Lets a word to stop in before the whole is judged.
  await new Promise((next) => setTimeout(next));
  if (current !== run) return false;
  bench.finish();
  return true;
}
