// `./build.sh bench --check`: instructions for each byte of fixed data, counted by valgrind, so that no busy machine can blur them.
// More than one in ten above what benches/instructions.json says is a failure; `--accept` writes what was counted into it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostile, log, oneLine } from './corpora.mjs';

const [throughput, option] = process.argv.slice(2);
const SIZE = 1_000_000;
const LEEWAY = 1.1;
const folder = mkdtempSync(join(tmpdir(), 'leastwise-count-'));
const known = new URL('instructions.json', import.meta.url);

function counted(args) {
  const { status, stderr } = spawnSync('valgrind', ['--tool=callgrind', '--callgrind-out-file=/dev/null', throughput, ...args], { encoding: 'utf8' });
  const count = /Collected\s*:\s*(\d+)/.exec(stderr ?? '');
  if (status !== 0 || !count) throw new Error(`valgrind could not count ${args.join(' ')}: ${stderr?.trim().split('\n').at(-1)}`);
  return Number(count[1]);
}

const corpora = {
  'clean log': log(join(folder, 'clean.log'), SIZE, 0, 1),
  'log with timestamps': log(join(folder, 'stamps.log'), SIZE, 0, 1, true),
  'one line': oneLine(join(folder, 'line.txt'), SIZE, 3),
  'log of nothing but tokens': log(join(folder, 'rich.log'), SIZE, 1, 2),
};
for (const [name, make] of Object.entries(hostile)) corpora[name] = make(join(folder, `${name.replaceAll(' ', '-')}.txt`), SIZE, 4);

let failed = false;
const now = {};
const bounds = JSON.parse(readFileSync(known, 'utf8'));
try {
  for (const [name, { path, bytes }] of Object.entries(corpora)) {
    // Start, reading the file and its end are in both; what is left of the second one is next to nothing.
    const scan = counted(['--once', path]) - counted(['--memchr', path]);
    now[name] = Number((scan / bytes).toFixed(2));
    const bound = bounds[name];
    const bad = option !== '--accept' && (bound === undefined || now[name] > bound * LEEWAY);
    failed ||= bad;
    console.log(`${bad ? 'MORE ' : 'ok   '} ${now[name].toFixed(2).padStart(8)} instructions a byte, ${String(bound ?? 'nothing').padStart(8)} expected: ${name}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
if (option === '--accept') writeFileSync(known, `${JSON.stringify(now, null, 2)}\n`);
process.exit(failed ? 1 : 0);
