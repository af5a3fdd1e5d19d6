/**
 * `npm test`, `npm run test:all`, `npm run test:unit` and `npm run test:file FILE`: Vitest with the projects that each
 * command runs. Further arguments are passed to Vitest.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const scopes: Readonly<
  Record<string, { readonly args: readonly string[]; readonly env?: Readonly<Record<string, string>> }>
> = {
  quick: { args: [], env: { COPPICE_TEST_SERVERS: 'quick' } },
  all: { args: [] },
  unit: { args: ['--project', 'unit'] },
  file: { args: [] },
};

const [name = '', ...rest] = process.argv.slice(2);
const scope = scopes[name];
if (scope === undefined || (name === 'file' && rest.length === 0)) {
  process.stderr.write('Usage: npm test | npm run test:all | npm run test:unit | npm run test:file -- FILE …\n');
  process.exit(2);
}
const vitest = join(import.meta.dirname, '..', 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', ...scope.args, ...rest], {
  stdio: 'inherit',
  env: { ...process.env, ...scope.env },
});
process.exit(status ?? 1);
