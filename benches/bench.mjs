// `./build.sh bench`: how fast, in how much memory, beside what else can be installed, in one run on one machine.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostile, inventory, log, oneLine, tree } from './corpora.mjs';
import { best, inTurns, measure } from './measure.mjs';
import { peers } from './peers.mjs';
import { wasm } from './wasm.mjs';

const [command, throughput, module, option] = process.argv.slice(2);
const quick = option === '--quick';
const MB = 1_000_000;
const large = (quick ? 5 : 50) * MB;
const home = process.env.LEASTWISE_BENCH ?? join(tmpdir(), 'leastwise-bench');
const data = join(home, 'data');
rmSync(data, { recursive: true, force: true });
mkdirSync(data, { recursive: true });
const all = availableParallelism();

const ours = {
  name: '**leastwise**',
  program: command,
  args: (path, jobs) => ['check', '--jobs', String(jobs), '--quiet', '--format', 'ndjson', path],
  count: (out) => out.split('\n').filter((line) => line.startsWith('{"finding":{"rule":"exposed-token"'))
    .reduce((sum, line) => sum + JSON.parse(line).finding.token.occurrences, 0),
};

const speed = (bytes, seconds) => {
  const rate = bytes / seconds;
  return rate >= 1e9 ? `${(rate / 1e9).toFixed(2)} GB/s` : `${(rate / 1e6).toFixed(rate < 1e7 ? 1 : 0)} MB/s`;
};
const time = (seconds) => (seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(2)} s`);
const memory = (bytes) => `${(bytes / MB).toFixed(0)} MB`;
const lines = [];
const say = (text = '') => { lines.push(text); console.log(text); };
const wrong = [];
const check = (what, got, want) => { if (got !== want) wrong.push(`${what}: ${got} found, ${want} planted`); };

console.error('== Peers');
const others = peers(home);

say(`One run on ${cpus()[0]?.model ?? 'this machine'}, ${all} cores, node ${process.version}. Made-up data, the same each time. Times are the processor's, start-up included, the best of several runs: other programs (load ${loadavg()[0].toFixed(0)} at the start) cost less so, but not nothing.`);
say();
say('### The command, and twice as much');
say();
say('One core; once and twice the data in turns, the best of seven runs and more. *Found* is what was planted, all of it, or the run fails; the report has the same bytes with all cores. The time for a hundredth of the data is taken off before dividing: a start, and tables that are made when the first log is read.');
say();
say('| data | size | one core | a finding | memory | found | twice the data: time | memory |');
say('|---|---|---|---|---|---|---|---|');
const empty = join(data, 'empty.txt');
writeFileSync(empty, 'nothing\n');
const start = await best(command, ours.args(empty, 1), { runs: 15 });
const version = await best(command, ['--version'], { runs: 15 });

/** Measures one kind of data and twice as much of it; `make` writes a file of about so many bytes. */
async function row(name, make, size) {
  const [little, one, two] = [make(join(data, 'little'), size / 100), make(join(data, 'one'), size), make(join(data, 'two'), 2 * size)];
  const [fixed, core, twice] = await inTurns(command, [little, one, two].map(({ path }) => ours.args(path, 1)), { runs: 7, seconds: 10 });
  const parallel = await measure(command, ours.args(one.path, all), { oneCore: false });
  check(name, ours.count(core.out), one.planted);
  check(`twice ${name}`, ours.count(twice.out), two.planted);
  if (core.out !== parallel.out) wrong.push(`${name}: another report with another number of jobs`);
  const net = Math.max(core.cpu - fixed.cpu, 1e-4);
  const each = one.planted > 100 ? `${((net / (one.planted - little.planted)) * 1e6).toFixed(1)} µs` : '';
  // What ends within a few milliseconds cannot be divided.
  const ratio = net < 0.02 ? `(${time(net)})` : `× ${((twice.cpu - fixed.cpu) / net / ((two.bytes - little.bytes) / (one.bytes - little.bytes)) * 2).toFixed(2)}`;
  say(`| ${name} | ${memory(one.bytes)} | ${speed(one.bytes - little.bytes, net)} | ${each} | ${memory(core.peak)} | ${one.planted.toLocaleString('en')} | ${ratio} | ${memory(twice.peak)} |`);
  [little, one, two].forEach(({ path }) => rmSync(path));
}
await row('clean job log', (path, size) => log(path, size, 0, 1), 2 * large);
await row('clean job log with timestamps', (path, size) => log(path, size, 0, 1, true), 2 * large);
await row('one line', (path, size) => oneLine(path, size, 3), 2 * large);
await row('log with a token in 20 lines', (path, size) => log(path, size, 20, 2), large / 5);
await row('log of nothing but tokens', (path, size) => log(path, size, 1, 2), large / 25);
for (const [name, make] of Object.entries(hostile)) {
  await row(name, (path, size) => make(path, size, 4), large / 2);
}

say();
const rows = quick ? 100_000 : 1_000_000;
const inventories = [inventory(join(data, 'half.json'), rows / 2, 8), inventory(join(data, 'whole.json'), rows, 8)];
const judged = [];
for (const one of inventories) {
  const run = await measure(command, ours.args(one.path, 1), { keep: 'ends' });
  const [input, summary] = [run.out.slice(0, run.out.indexOf('\n')), run.out.trimEnd().split('\n').at(-1)];
  if (JSON.parse(input).input.rows !== one.rows) wrong.push(`inventory: ${JSON.parse(input).input.rows} rows read of ${one.rows}`);
  judged.push({ ...run, ...one, findings: Object.values(JSON.parse(summary).summary).reduce((sum, count) => sum + count, 0) });
}
const [half, whole] = judged;
say(`An inventory of ${whole.rows.toLocaleString('en')} rows (JSON, ${memory(whole.bytes)}): ${time(whole.cpu)} on one core for ${whole.findings.toLocaleString('en')} findings, ${memory(whole.peak)}; half of it: ${time(half.cpu)} (× ${(whole.cpu / half.cpu).toFixed(2)}), ${memory(half.peak)}.`);
say();
say(`A start: \`leastwise --version\` ${time(version.cpu)} of the processor and ${memory(version.peak)}, \`check\` of one small file ${time(start.cpu)}.`);

say();
say('### Beside others, one core');
say();
const folder = tree(join(data, 'tree'), 5000, 5);
const small = log(join(data, 'small.log'), (2 * large) / 5, 0, 6);
const rich = log(join(data, 'some.log'), large / 5, 200, 7);
say(`| | clean log, ${memory(small.bytes)} | log with ${rich.planted} tokens, ${memory(rich.bytes)} | found | 5,000 files, ${memory(folder.bytes)} | found |`);
say('|---|---|---|---|---|---|');
const table = [];
const count = (peer, run) => { try { return peer.count(run.out) ?? '?'; } catch { return '?'; } };
for (const peer of [ours, ...others]) {
  if (!peer.program) { say(`| ${peer.name} | not installed: ${peer.why} | | | | |`); continue; }
  const clean = await best(peer.program, peer.args(small.path, 1));
  const some = await best(peer.program, peer.args(rich.path, 1));
  const many = await best(peer.program, peer.args(folder.path, 1));
  if (!clean || !some || !many) { say(`| ${peer.name} | could not be run here | | | | |`); continue; }
  const [inLog, inTree] = [count(peer, some), count(peer, many)];
  if (peer === ours) { check('tree', inTree, folder.planted); check('some', inLog, rich.planted); }
  table.push({ clean: clean.cpu, many: many.cpu });
  say(`| ${peer.name} | ${speed(small.bytes, clean.cpu)} | ${speed(rich.bytes, some.cpu)} | ${inLog} of ${rich.planted} | ${time(many.cpu)} | ${inTree} of ${folder.planted} |`);
}
const trees = [await measure(command, ours.args(folder.path, 1)), await measure(command, ours.args(folder.path, all), { oneCore: false })];
if (trees[0].out !== trees[1].out) wrong.push('tree: another report with another number of jobs');

/** What one JavaScript regular expression of the usual patterns does, in this process. */
function javascript(path) {
  const pattern = /\b(?:glpat|gldt|glrt|glft|glptt|glimt|glagent|gloas|glcbt|glsoat|glffct|glrtr|glwt)-[0-9A-Za-z_-]{20,}/g;
  const text = readFileSync(path, 'latin1');
  const times = Array.from({ length: 3 }, () => {
    const before = process.cpuUsage();
    text.match(pattern);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  });
  return { seconds: Math.min(...times), found: text.match(pattern)?.length ?? 0 };
}
const [js, some] = [javascript(small.path), javascript(rich.path)];
say(`| a regular expression in node, the text in memory | ${speed(small.bytes, js.seconds)} | ${speed(rich.bytes, some.seconds)} | ${some.found} of ${rich.planted} | | |`);
const [us, ...them] = table;
if (them.length > 0) {
  const fastest = (key) => Math.min(...them.map((other) => other[key]));
  say();
  say(`Against the fastest of them: the clean log × ${(fastest('clean') / us.clean).toFixed(1)}, the 5,000 files × ${(fastest('many') / us.many).toFixed(1)}.`);
}

say();
say('### The scanner by itself, in memory');
say();
say(`Each beside \`memchr\` for a byte that is not there and \`memcpy\`, in turns. Of ${memory(large / 2)} the processor's last cache holds the most; of ${memory(large * 5)}, as of any large log, little: there memory is the limit of all three.`);
say();
say('| | native | of `memchr` | of `memcpy` | wasm in node | of copying into wasm |');
say('|---|---|---|---|---|---|');
const texts = {
  'clean log': log(join(data, 'clean.log'), large / 2, 0, 1),
  'one line': oneLine(join(data, 'line.txt'), large / 2, 3),
  'log with timestamps': log(join(data, 'stamps.log'), large / 2, 0, 1, true),
  'clean log that no cache holds': log(join(data, 'huge.log'), large * 5, 0, 1),
};
for (const [name, text] of Object.entries(texts)) {
  const native = JSON.parse(spawnSync(throughput, [text.path], { encoding: 'utf8' }).stdout);
  check(`in memory, ${name}`, native.found, text.planted);
  let inNode = '| not built | |';
  if (existsSync(module)) {
    const { scan, copy, found } = wasm(module, readFileSync(text.path));
    check(`in wasm, ${name}`, found, text.planted);
    inNode = `| ${speed(scan, 1)} | ${(scan / copy).toFixed(2)} of ${speed(copy, 1)} |`;
  }
  say(`| ${name} | ${speed(native.scan, 1)} | ${(native.scan / native.memchr).toFixed(2)} of ${speed(native.memchr, 1)} | ${(native.scan / native.memcpy).toFixed(2)} of ${speed(native.memcpy, 1)} ${inNode}`);
}

const page = new URL('../docs/performance.md', import.meta.url);
const text = readFileSync(page, 'utf8');
const [from, to] = ['<!-- measured: begin -->', '<!-- measured: end -->'];
if (!quick) writeFileSync(page, `${text.slice(0, text.indexOf(from) + from.length)}\n\n${lines.join('\n')}\n\n${text.slice(text.indexOf(to))}`);
rmSync(data, { recursive: true, force: true });
for (const what of wrong) console.error(`wrong: ${what}`);
process.exit(wrong.length > 0 ? 1 : 0);
