import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../tools/servers/database.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { runCli } from '../support/run-cli.ts';

const run = promisify(execFile);

/** Writes to standard error which packages the process has loaded, whether by `import` or by `require`. */
const recorder = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  const packages = new Set();
  registerHooks({
    load(url, context, next) {
      const [, name] = /^.*\\/(?:node_modules|dist\\/packages)\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url) ?? [];
      if (name !== undefined) packages.add(name);
      return next(url, context);
    },
  });
  process.on('exit', () => process.stderr.write(JSON.stringify([...packages].sort())));
`)}`;

describeEndToEnd('the packages that a command loads', ({ postgresUrl }) => {
  let database: TestDatabase;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    database = await createDatabase(postgresUrl);
    env = { ...process.env, DATABASE_URL: database.url, COPPICE_CONFIG: '', TEMPORAL_ADDRESS: '127.0.0.1:1' };
    await runCli(['migrate'], env);
  });
  afterAll(() => database?.drop());

  async function loadedBy(...args: string[]): Promise<readonly unknown[]> {
    const { stderr } = await run(process.execPath, ['--import', recorder, 'dist/cli/main.js', ...args], { env });
    const loaded: unknown = JSON.parse(stderr);
    if (!Array.isArray(loaded)) throw new Error(`no list of packages: ${stderr}`);
    return loaded;
  }

  it('are the parser of the command line for --help', async () => {
    expect(await loadedBy('--help')).toEqual(['commander']);
  });

  it('are those of the database and the configuration for a list of runs', async () => {
    const loaded = await loadedBy('runs');
    expect(loaded).toContain('pg');
    // Bundled by the build: one file instead of three hundred.
    expect(loaded).not.toContain('kysely');
    const others =
      /^(@temporalio\/(?!envconfig$|common$)|@grpc\/|neo4j-driver|@redis\/|fastify|pino|piscina|prom-client)/;
    expect(loaded.filter((name) => others.test(String(name)))).toEqual([]);
  });
});
