// How the benchmarks run programs: time of the processor (what else runs on the machine does not count), peak memory, output.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const has = (program, args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;
const pins = has('taskset', ['-c', '0', 'true']);
// bash says how long a program used the processor, to the millisecond; nothing else does that is on every machine.
const TIMED = 'TIMEFORMAT="%U %S %R"; exec 3>&2; { time "$@" 2>/dev/null 3>&-; } 2>&3';

/**
 * Runs a program once, on one core or on all: seconds of the processor and of the clock, peak memory in bytes (by looking
 * every millisecond), and its output, or the ends of it, as `keep` says. `null` when it cannot be run.
 */
export async function measure(program, args, { oneCore = true, keep = true } = {}) {
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
  const look = setInterval(() => high(child.pid), 1);
  const code = await new Promise((done) => { child.on('error', () => done(null)); child.on('close', done); });
  clearInterval(look);
  const [user, system, wall] = times.trim().split('\n').at(-1).split(' ').map(Number);
  if (code === null || code === 127 || !Number.isFinite(wall)) return null;
  return { cpu: user + system, wall, peak, out: Buffer.concat(out).toString('utf8'), code };
}

/** The run of several that took the processor the shortest; the highest peak of all. */
export async function best(program, args, options = {}) {
  let found = null;
  for (let run = 0; run < (options.runs ?? 3); run += 1) {
    const one = await measure(program, args, options);
    if (one === null) return null;
    const peak = Math.max(one.peak, found?.peak ?? 0);
    found = { ...(!found || one.cpu < found.cpu ? one : found), peak, wall: Math.min(one.wall, found?.wall ?? Infinity) };
  }
  return found;
}
