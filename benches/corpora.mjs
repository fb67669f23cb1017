// Made-up texts of any size, the same for the same seed: what the benchmarks run on. No whole token stands in this
// repository, so tokens are made here: a prefix of GitLab's and twenty random characters.
import { mkdirSync, openSync, writeSync, closeSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A small generator of random numbers (mulberry32): the same everywhere. */
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  const from = (alphabet, length) => Array.from({ length }, () => alphabet[below(alphabet.length)]).join('');
  return { below, from, pick: (list) => list[below(list.length)] };
}

const HEX = '0123456789abcdef';
// What GitLab's generator of short tokens draws from: without l, I, O and 0.
const BODY = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ123456789';
const WORDS = `the runner fetches the repository restores cache and runs script building module compile warning unused
  variable in target debug installing dependency version info tests passed failed downloading resolved linking done
  image layer pulled upload artifact report coverage percent seconds memory request response status created`.split(/\s+/);

const token = (r, prefix) => prefix + r.from(BODY, 20);

function line(r, index) {
  const kind = r.below(100);
  if (kind < 5) return `\x1b[32;1m$ make target-${index} && ./run.sh --verbose\x1b[0;m`;
  if (kind < 10) return `sha256:${r.from(HEX, 64)} ${r.pick(WORDS)}`;
  if (kind < 20) return `   Compiling ${r.pick(WORDS)} v${index % 9}.${index % 7}.${index % 31} (/builds/shop/web/${r.pick(WORDS)})`;
  if (kind < 24) return `2026-11-20T10:${10 + (index % 50)}:${10 + (index % 49)}Z INFO [${r.pick(WORDS)}] id=${r.from(HEX, 8)} took ${r.below(900)} ms`;
  return Array.from({ length: 4 + r.below(14) }, () => r.pick(WORDS)).join(' ');
}

const HEAD = '\x1b[0KRunning with gitlab-runner 18.7.0 (0a1b2c3d)\x1b[0;m\n\x1b[0K  on shared-1 t1abcdefg, system ID: s_1\x1b[0;m\n';

/** Writes pieces until there are `size` bytes. */
function write(path, size, head, piece) {
  const file = openSync(path, 'w');
  let written = 0;
  let buffer = head;
  for (let index = 0; written + buffer.length < size; index += 1) {
    buffer += piece(index);
    if (buffer.length > 1 << 20) {
      written += writeSync(file, buffer);
      buffer = '';
    }
  }
  written += writeSync(file, buffer);
  closeSync(file);
  return written;
}

/** The runner's mark before a line: time to the microsecond, stream, kind (FF_TIMESTAMPS, the default since 17.0). */
const stamp = (index) => {
  const two = (number) => String(number).padStart(2, '0');
  const seconds = Math.floor(index / 900);
  return `2026-11-20T${two(10 + (Math.floor(seconds / 3600) % 12))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${String((index * 1109) % 1000000).padStart(6, '0')}Z 01O `;
};

/** A job's log of which one line in `every` holds a token (0: none), with the runner's timestamps or without. Says how many. */
export function log(path, size, every, seed, stamps = false) {
  const r = random(seed);
  let planted = 0;
  const head = stamps ? HEAD.replace(/^/gm, stamp(0)).slice(0, -stamp(0).length) : HEAD;
  const bytes = write(path, size, head, (index) => {
    const mark = stamps ? stamp(index) : '';
    if (every > 0 && index % every === every - 1) {
      planted += 1;
      return `${mark}export TOKEN=${token(r, r.pick(['glpat-', 'gldt-', 'glrt-']))} # ${r.pick(WORDS)}\n`;
    }
    return `${mark}${line(r, index)}\n`;
  });
  return { path, bytes, planted };
}

/** An export of so many project access tokens, as GitLab's API lists them. */
export function inventory(path, rows, seed) {
  const r = random(seed);
  const day = (year) => `${year}-${String(1 + r.below(12)).padStart(2, '0')}-${10 + r.below(18)}`;
  const list = openSync(path, 'w');
  let buffer = '[';
  let bytes = 0;
  for (let id = 1; id <= rows; id += 1) {
    const row = {
      id, name: `${r.pick(WORDS)}-${r.pick(WORDS)}`, revoked: false, created_at: `${day(2025)}T08:00:00.000Z`, description: null,
      scopes: [r.pick(['api', 'read_api', 'read_repository', 'write_repository'])], user_id: r.below(5000),
      last_used_at: r.below(4) ? `${day(2026)}T08:00:00.000Z` : null, active: true, expires_at: day(2027), access_level: r.pick([20, 30, 40, 50]),
      resource_type: 'project', resource_id: r.below(2000),
    };
    buffer += `${id > 1 ? ',' : ''}\n${JSON.stringify(row)}`;
    if (buffer.length > 1 << 20) {
      bytes += writeSync(list, buffer);
      buffer = '';
    }
  }
  bytes += writeSync(list, `${buffer}\n]\n`);
  closeSync(list);
  return { path, bytes, rows };
}

/** One line, with a token in its middle. */
export function oneLine(path, size, seed) {
  const r = random(seed);
  let planted = 0;
  const bytes = write(path, size, '', (index) => {
    if (index === 1000) {
      planted += 1;
      return ` token=${token(r, 'glpat-')} `;
    }
    return `${r.pick(WORDS)} `;
  });
  return { path, bytes, planted };
}

/** A folder of small files, one in fifty with a token. */
export function tree(folder, files, seed) {
  const r = random(seed);
  let [bytes, planted] = [0, 0];
  for (let index = 0; index < files; index += 1) {
    const inner = join(folder, `service-${index % 50}`, `part-${index % 7}`);
    mkdirSync(inner, { recursive: true });
    const lines = Array.from({ length: 20 + r.below(60) }, (_, at) => `${r.pick(WORDS)}_${at}: ${r.pick(WORDS)} ${r.pick(WORDS)} ${r.below(1000)}`);
    if (index % 50 === 49) {
      planted += 1;
      lines.push(`registry_token: ${token(r, 'gldt-')}`);
    }
    const text = `${lines.join('\n')}\n`;
    bytes += text.length;
    writeFileSync(join(inner, `${r.pick(['app', 'settings', 'values'])}-${index}.${r.pick(['conf', 'txt', 'cfg', 'yml'])}`), text);
  }
  return { path: folder, bytes, planted };
}

/** Texts made to cost a scanner more than they are long. */
export const hostile = {
  'prefixes without bodies': (path, size) => ({ path, planted: 0, bytes: write(path, size, '', () => 'glpat-') }),
  'deep base64': (path, size, seed) => {
    const r = random(seed);
    const encode = (text) => Buffer.from(text).toString('base64').replace(/=+$/, '');
    const piece = encode(encode(Array.from({ length: 400 }, () => r.pick(WORDS)).join(' ')));
    return { path, planted: 0, bytes: write(path, size, '', () => piece) };
  },
  'one line of candidates': (path, size, seed) => {
    const r = random(seed);
    return { path, planted: 0, bytes: write(path, size, '', () => `${r.from(HEX, 40)}-${r.from(HEX, 40)},`) };
  },
  'heads of JWTs': (path, size) => ({ path, planted: 0, bytes: write(path, size, '', () => 'eyJhbGciOiJSUzI1NiIs.eyJ') }),
  'addresses with passwords': (path, size, seed) => {
    const r = random(seed);
    return { path, planted: 0, bytes: write(path, size, '', () => `https://user:pass@host-${r.below(1000)}.example/`) };
  },
  'quotes and line ends': (path, size) => ({ path, planted: 0, bytes: write(path, size, '', () => '"gl" + "pat\n-" + \'\n') }),
};
