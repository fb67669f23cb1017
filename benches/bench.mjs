// `./build.sh bench`: how fast, in how much memory, beside what else can be installed, in one run on one machine.
// Peers are installed into a folder that is kept for the next run; one that cannot be is named in the table.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostile, log, oneLine, tree } from './corpora.mjs';

const [command, throughput, quick] = process.argv.slice(2);
const MB = 1_000_000;
const large = (quick === '--quick' ? 10 : 100) * MB;
const runs = 3;
const home = process.env.LEASTWISE_BENCH ?? join(tmpdir(), 'leastwise-bench');
const data = join(home, 'data');
rmSync(data, { recursive: true, force: true });
mkdirSync(data, { recursive: true });

/** Runs a program on one core, or on all; seconds, peak memory in bytes (by looking every millisecond) and its output. */
async function measure(program, args, oneCore) {
  const pinned = oneCore && spawnSync('taskset', ['-c', '0', 'true']).status === 0;
  const start = process.hrtime.bigint();
  const child = pinned ? spawn('taskset', ['-c', '0', program, ...args]) : spawn(program, args);
  let [peak, out] = [0, ''];
  child.stdout.setEncoding('utf8').on('data', (text) => { out += text; });
  child.stderr.resume();
  const look = setInterval(() => {
    try {
      const high = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
      peak = Math.max(peak, high ? Number(high[1]) * 1024 : 0);
    } catch { /* It has ended. */ }
  }, 1);
  const code = await new Promise((done) => { child.on('error', () => done(null)); child.on('close', done); });
  clearInterval(look);
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, peak, out, code };
}

/** The fastest of several runs. */
async function best(program, args, oneCore) {
  let found = null;
  for (let run = 0; run < runs; run += 1) {
    const one = await measure(program, args, oneCore);
    if (one.code === null) return null;
    if (!found || one.seconds < found.seconds) found = { ...one, peak: Math.max(one.peak, found?.peak ?? 0) };
  }
  return found;
}

/** Installs a peer once; the path of its program, or null. */
function install(program, steps) {
  if (!existsSync(program)) {
    for (const [name, ...args] of steps) {
      console.error(`   ${[name, ...args].join(' ')}`);
      if (spawnSync(name, args, { stdio: 'ignore' }).status !== 0) return null;
    }
  }
  return existsSync(program) ? program : null;
}

const cargo = (name) => install(join(home, 'bin', name), [['cargo', 'install', '--quiet', name, '--root', home]]);
const venv = join(home, 'venv');
console.error('== Peers');
const peers = [
  {
    name: 'kingfisher-bin',
    program: install(join(venv, 'bin/kingfisher'), [['python3', '-m', 'venv', venv], [join(venv, 'bin/pip'), 'install', '--quiet', 'kingfisher-bin']]),
    args: (path, jobs) => ['scan', path, '--format', 'json', '--no-validate', '--no-update-check', '--no-dedup', '--jobs', String(jobs), '--max-file-size', '4096'],
    count: (out) => JSON.parse(out).findings?.length,
  },
  {
    name: 'ripsecrets',
    program: cargo('ripsecrets'),
    args: (path) => ['--strict-ignore', path],
    count: (out) => out.split('\n').filter((text) => text.includes(':')).length,
  },
  { name: 'redact-secret', program: cargo('redact-secret'), args: () => ['--help'], library: true },
];
const ours = {
  name: 'leastwise',
  program: command,
  args: (path, jobs) => ['check', '--jobs', String(jobs), '--format', 'json', path],
  count: (out) => JSON.parse(out).findings.filter(({ rule }) => rule === 'exposed-token').reduce((sum, { occurrences, token }) => sum + (occurrences ?? token.occurrences ?? 1), 0),
};

/** What one JavaScript regular expression of the usual patterns does, in this process. */
function javascript(path) {
  const pattern = /\b(?:glpat|gldt|glrt|glft|glptt|glimt|glagent|gloas|glcbt|glsoat|glffct|glrtr|glwt)-[0-9A-Za-z_-]{20,}/g;
  const text = readFileSync(path, 'latin1');
  let [seconds, count] = [Infinity, 0];
  for (let run = 0; run < runs; run += 1) {
    const start = process.hrtime.bigint();
    count = text.match(pattern)?.length ?? 0;
    seconds = Math.min(seconds, Number(process.hrtime.bigint() - start) / 1e9);
  }
  return { seconds, count };
}

const speed = (bytes, seconds) => (bytes / seconds >= 1e9 ? `${(bytes / seconds / 1e9).toFixed(2)} GB/s` : `${(bytes / seconds / 1e6).toFixed(bytes / seconds < 1e7 ? 1 : 0)} MB/s`);
const time = (seconds) => (seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(2)} s`);
const memory = (bytes) => `${(bytes / MB).toFixed(0)} MB`;
const lines = [];
const say = (text = '') => { lines.push(text); console.log(text); };

say(`One run on ${cpus()[0]?.model ?? 'this machine'}, ${availableParallelism()} cores, node ${process.version}; the fastest of ${runs} runs each, start-up included. Made-up data, the same each time.`);
say();

const corpora = {
  'clean job log': [log(join(data, 'clean.log'), large, 0, 1), log(join(data, 'clean-2.log'), 2 * large, 0, 1)],
  'log with a token in 20 lines': [log(join(data, 'rich.log'), large / 5, 20, 2), log(join(data, 'rich-2.log'), (2 * large) / 5, 20, 2)],
  'one line': [oneLine(join(data, 'line.txt'), large / 2, 3), oneLine(join(data, 'line-2.txt'), large, 3)],
};
for (const [name, make] of Object.entries(hostile)) {
  corpora[name] = [make(join(data, `${name}.txt`), large / 5, 4), make(join(data, `${name}-2.txt`), (2 * large) / 5, 4)];
}
const wrong = [];
const check = (what, got, want) => { if (got !== want) wrong.push(`${what}: ${got} found, ${want} planted`); };

say('### The command, and twice as much');
say();
say('| data | size | one core | all cores | memory | found | twice the data: time | memory |');
say('|---|---|---|---|---|---|---|---|');
for (const [name, [one, two]] of Object.entries(corpora)) {
  const core = await best(command, ours.args(one.path, 1), true);
  const all = await best(command, ours.args(one.path, availableParallelism()), false);
  const twice = await best(command, ours.args(two.path, 1), true);
  check(name, ours.count(core.out), one.planted);
  check(`twice ${name}`, ours.count(twice.out), two.planted);
  if (core.out !== all.out) wrong.push(`${name}: another report with another number of jobs`);
  say(`| ${name} | ${memory(one.bytes)} | ${speed(one.bytes, core.seconds)} | ${speed(one.bytes, all.seconds)} | ${memory(core.peak)} | ${one.planted} of ${one.planted} | × ${(twice.seconds / core.seconds).toFixed(2)} | ${memory(twice.peak)} |`);
}

say();
say('### Beside others, one core');
say();
const folder = tree(join(data, 'tree'), 5000, 5);
const small = log(join(data, 'small.log'), large / 5, 0, 6);
const rich = log(join(data, 'some.log'), large / 10, 200, 7);
say(`| | clean log, ${memory(small.bytes)} | log with ${rich.planted} tokens, ${memory(rich.bytes)} | found | 5,000 files, ${memory(folder.bytes)} | found |`);
say('|---|---|---|---|---|---|');
const table = [];
for (const peer of [ours, ...peers]) {
  if (!peer.program) { say(`| ${peer.name} | could not be installed here | | | | |`); continue; }
  if (peer.library) { say(`| ${peer.name} | has no scan of a file on the command line that compares | | | | |`); continue; }
  const clean = await best(peer.program, peer.args(small.path, 1), true);
  const some = await best(peer.program, peer.args(rich.path, 1), true);
  const many = await best(peer.program, peer.args(folder.path, 1), true);
  const count = (run) => { try { return peer.count(run.out) ?? '?'; } catch { return '?'; } };
  if (peer === ours) { check('tree', count(many), folder.planted); check('some', count(some), rich.planted); }
  table.push({ name: peer.name, clean: clean.seconds, many: many.seconds });
  say(`| ${peer.name} | ${speed(small.bytes, clean.seconds)} | ${speed(rich.bytes, some.seconds)} | ${count(some)} of ${rich.planted} | ${time(many.seconds)} | ${count(many)} of ${folder.planted} |`);
}
const js = javascript(small.path);
say(`| a regular expression in node | ${speed(small.bytes, js.seconds)} | | | | |`);
const [us, ...others] = table;
if (others.length > 0) {
  const fastest = (key) => Math.min(...others.map((other) => other[key]));
  say();
  say(`Against the fastest of them: the clean log × ${(fastest('clean') / us.clean).toFixed(1)}, the 5,000 files × ${(fastest('many') / us.many).toFixed(1)}.`);
}

say();
say('### The scanner by itself, in memory');
say();
const limits = JSON.parse(spawnSync(throughput, [corpora['clean job log'][0].path], { encoding: 'utf8' }).stdout);
say('| | on the clean log | of `memchr` |');
say('|---|---|---|');
for (const key of ['memchr', 'memcpy', 'scan']) say(`| ${key === 'scan' ? 'scan, native' : `\`${key}\``} | ${speed(limits[key], 1)} | ${(limits[key] / limits.memchr).toFixed(2)} |`);

const page = new URL('../docs/performance.md', import.meta.url);
const text = readFileSync(page, 'utf8');
const [from, to] = ['<!-- measured: begin -->', '<!-- measured: end -->'];
if (quick !== '--quick') writeFileSync(page, `${text.slice(0, text.indexOf(from) + from.length)}\n\n${lines.join('\n')}\n\n${text.slice(text.indexOf(to))}`);
rmSync(data, { recursive: true, force: true });
for (const what of wrong) console.error(`wrong: ${what}`);
process.exit(wrong.length > 0 ? 1 : 0);
