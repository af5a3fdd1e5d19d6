import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Installation } from '../support/installation.ts';
import { describeWithPython } from '../support/python.ts';
import { startTestApi, type TestApi } from './support/test-api.ts';
import { createWorld, fillWorld, type World } from './support/world.ts';

const seed = '20261123';
/** A guard against a request without an end: runs of groups are waited for, and machines differ. */
const timeoutMs = 280_000;
const testTimeoutMs = 300_000;

/** A parameter that one job has may be none of another's, which no schema of a body can say. */
const dependentParameters = `
[[operations]]
include-path-regex = "/jobs/[^/]+/(runs|preview|execute)$"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "404", "409", "429"]

# A group name and a cursor are limited by more than a pattern. Many long ids make too large a body.
[[operations]]
include-path-regex = "/(groups|maintenance|bulk-actions)"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "404", "409", "413", "429"]
[operations.checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "409", "413", "415", "429"]
`;

/**
 * Requests made up from the OpenAPI document, valid ones and broken ones. Checked by schemathesis: no 5xx; every answer
 * has a status, a content type and a body of the document; what is valid is accepted, what is not is refused; an
 * undeclared method is a 405; no token is a 401.
 */
await describeWithPython(
  'the HTTP API under requests made up from its own document',
  ({ python, ...servers }) => {
    const folder = mkdtempSync(join(tmpdir(), 'coppice-schemathesis-'));
    let installation: Installation;
    let api: TestApi;
    let world: World;

    beforeAll(async () => {
      installation = await createWorld(servers);
      api = await startTestApi(installation, { heartbeatMs: 100 });
      world = await fillWorld(installation, api);
    });
    afterAll(async () => {
      await api?.close();
      await installation?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    function run(ids: Readonly<Record<string, string>>): Promise<{ code: number; output: string }> {
      const config = join(folder, 'schemathesis.toml');
      const lines = Object.entries(ids).map(([name, id]) => `"${name}" = ${JSON.stringify(id)}`);
      writeFileSync(config, ['[parameters]', ...lines, dependentParameters].join('\n'));
      const header = ['--header', `Authorization: Bearer ${api.admin}`];
      const args = ['-m', 'schemathesis.cli', '--config-file', config, 'run', `${api.url}/openapi.json`, ...header];
      const how = ['--seed', seed, '--max-examples', '10', '--no-color', '--max-failures', '20', '--checks', 'all'];
      const options = {
        cwd: folder,
        timeout: timeoutMs,
        maxBuffer: 64 << 20,
        env: { PATH: process.env.PATH, HOME: folder },
      };
      return new Promise((resolve) => {
        execFile(python, [...args, ...how], options, (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : 1, output: stdout + stderr }),
        );
      });
    }

    it.each([
      ['with ids that exist', true],
      ['with ids of its own making', false],
    ])(
      '%s',
      async (_name, real) => {
        const ids = {
          'path.job': 'ttl-cleanup',
          'path.job_id': 'ttl-cleanup',
          'path.run': world.removed,
          'path.dead_letter': world.letters.azure,
          'path.lease': 'ttl-cleanup',
          'path.schedule': `${installation.schedulePrefix}ttl-cleanup`,
          'query.group_id': 'scarlet',
          'query.graph': 'graph',
          'header.x-group-id': 'scarlet',
          // Runs are asked for by the dozen: each answer need not wait for its end.
          'header.prefer': 'wait=0',
        };
        const { code, output } = await run(real ? ids : {});
        expect(code, output).toBe(0);
        expect(output).toMatch(/Tested: (\d\d)/);
        expect((await api.ask('GET', '/readyz')).status).toBe(200);
      },
      testTimeoutMs,
    );
  },
  'api-requirements.txt',
);
