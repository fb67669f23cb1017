// What else can be installed from the package registries and finds GitLab's tokens.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Installs a peer once; its program, or why there is none. */
function install(program, steps) {
  if (existsSync(program)) return { program };
  for (const [name, ...args] of steps) {
    console.error(`   ${[name, ...args].join(' ')}`);
    const { status, stderr, error } = spawnSync(name, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
    if (status !== 0) {
      const said = (error?.message ?? stderr ?? '').trim().split('\n').find((line) => /error/i.test(line)) ?? `${name} failed`;
      // What a registry is called, or where a file lies, is this machine's business.
      return { why: said.replace(/^error:\s*/i, '').replace(/ in registry .*/, ' in the registry').slice(0, 120) };
    }
  }
  return existsSync(program) ? { program } : { why: 'it has no program' };
}

/** Installs all into a folder that is kept for the next run. */
export function peers(home) {
  mkdirSync(home, { recursive: true });
  const cargo = (name) => install(join(home, 'bin', name), [['cargo', 'install', '--quiet', name, '--root', home]]);
  const venv = join(home, 'venv');
  return [
    {
      name: 'kingfisher-bin (PyPI)',
      ...install(join(venv, 'bin/kingfisher'), [['python3', '-m', 'venv', venv], [join(venv, 'bin/pip'), 'install', '--quiet', 'kingfisher-bin']]),
      args: (path, jobs) => ['scan', path, '--format', 'json', '--no-validate', '--no-update-check', '--no-dedup', '--jobs', String(jobs), '--max-file-size', '4096'],
      // Several rules may name one line; a line has one token. The list is the first of several JSON texts.
      count: (out) => new Set(out.split('\n').filter((line) => line.startsWith('{"findings":['))
        .flatMap((line) => JSON.parse(line).findings).map(({ finding }) => `${finding.path}:${finding.line}`)).size,
    },
    {
      name: 'ripsecrets (crates.io)',
      ...cargo('ripsecrets'),
      args: (path) => ['--strict-ignore', path],
      count: (out) => out.split('\n').filter((line) => /^[^:]+:\d+:/.test(line)).length,
    },
    { name: 'redact-secret (crates.io)', ...cargo('redact-secret'), args: (path) => [path], count: () => '?' },
  ];
}
