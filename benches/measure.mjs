// How the benchmarks run programs: time of the processor (what else runs on the machine does not count), peak memory, output.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const has = (program, args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;
const pins = has('taskset', ['-c', '0', 'true']);
// bash says how long a program used the processor, to the millisecond; nothing else does that is on every machine.
const TIMED = 'TIMEFORMAT="%U %S %R"; exec 3>&2; { time "$@" 2>/dev/null 3>&-; } 2>&3';

/**
 * Runs a program once, on one core or on all: seconds of the processor and of the clock, peak memory in bytes (by looking
 * every millisecond, if `watch` says so: the looks cost it some time), and its output, or the ends of it, as `keep` says. `null` when it cannot be run.
 */
export async function measure(program, args, { oneCore = true, keep = true, watch = true } = {}) {
  const pinned = oneCore && pins ? ['taskset', '-c', '0'] : [];
  const child = spawn('bash', ['-c', TIMED, 'bash', ...pinned, program, ...args], { stdio: ['ignore', keep ? 'pipe' : 'ignore', 'pipe'] });
  const out = [];
  let [peak, times] = [0, ''];
  child.stdout?.on('data', (bytes) => {
    out.push(bytes);
    // Of what is too long for a string the beginning and the end are kept.
    if (keep === 'ends' && out.length > 64) out.splice(8, 1);
  });
  child.stderr.setEncoding('utf8').on('data', (text) => { times += text; });
  const high = (id) => {
    try {
      const found = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'));
      peak = Math.max(peak, found ? Number(found[1]) * 1024 : 0);
      readFileSync(`/proc/${id}/task/${id}/children`, 'utf8').trim().split(' ').filter(Boolean).forEach(high);
    } catch { /* It has ended. */ }
  };
  const look = watch ? setInterval(() => high(child.pid), 1) : undefined;
  const code = await new Promise((done) => { child.on('error', () => done(null)); child.on('close', done); });
  clearInterval(look);
  const [user, system, wall] = times.trim().split('\n').at(-1).split(' ').map(Number);
  if (code === null || code === 127 || !Number.isFinite(wall)) return null;
  return { cpu: user + system, wall, peak, out: Buffer.concat(out).toString('utf8'), code };
}

/** Of two runs of a program the one that took the processor shorter, with the higher peak of both. */
function better(one, other) {
  if (!one || !other) return one ?? other;
  const faster = other.cpu < one.cpu ? other : one;
  return { ...faster, peak: Math.max(one.peak, other.peak), wall: Math.min(one.wall, other.wall) };
}

/**
 * A program with each of several lists of arguments, the best of several runs of each: in turns, so that a busy moment of the
 * machine meets all, and their times can be divided. As many runs as are asked for, and as many more (up to five times) as fit
 * into `seconds`. Memory is looked at in the first three.
 */
export async function inTurns(program, all, { runs = 3, seconds = 0, ...options } = {}) {
  let found = all.map(() => null);
  const end = performance.now() + seconds * 1000;
  for (let run = 0; run < runs || (run < 5 * runs && performance.now() < end); run += 1) {
    for (const [index, args] of all.entries()) {
      const one = await measure(program, args, { ...options, watch: run < 3 });
      if (one === null) return all.map(() => null);
      found = found.with(index, better(found[index], one));
    }
  }
  return found;
}

/** The run of several that took the processor the shortest; the highest peak of all. */
export async function best(program, args, options = {}) {
  return (await inTurns(program, [args], options))[0];
}
