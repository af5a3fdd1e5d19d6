import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { taskQueueOf } from '../../src/temporal/names.ts';
import { startPostgres } from '../../tools/servers/postgres.ts';
import { startTemporal } from '../../tools/servers/temporal.ts';
import { seed } from '../support/corpus.ts';
import { createInstallation } from '../support/installation.ts';
import { settingsFor, startPageSite } from '../support/page-site.ts';
import { acceptingPoison, cure, poison } from '../support/poison.ts';
import { loadForRefresh, textOf } from '../support/refresh-corpus.ts';

/**
 * Records one history of each way a run can go, for the replay test: `npm run histories`, with names to record only those. A
 * release adds its own and keeps the older ones, which running workflows of that release still have to replay.
 */
const log = (line: string) => process.stderr.write(`${line}\n`);
const version = '0.1.0';
const open = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
const [temporal, postgres] = await Promise.all([startTemporal({ log }), startPostgres({ fast: true, log })]);
const servers = { temporalAddress: temporal.address, postgresUrl: postgres.url };

const wanted = process.argv.slice(2);

function save(name: string, workflowId: string): void {
  if (wanted.length > 0 && !wanted.includes(name)) return;
  const args = ['workflow', 'show', '--address', temporal.address, '--workflow-id', workflowId, '--output', 'json'];
  const recorded = execFileSync(temporal.cliPath, args, { maxBuffer: 64 << 20, encoding: 'utf8' });
  // Whose machine recorded it is nobody's business: identities and sticky queues are named after it.
  const history = recorded.replaceAll(new RegExp(`\\d+@${hostname()}[^"]*`, 'g'), 'recorder');
  writeFileSync(join(import.meta.dirname, `${version}-${name}.json`), history);
  log(`${name}: ${history.length} bytes`);
}

const documents = Array.from({ length: 400 }, (_, at) => ({
  id: `d${at}`,
  workspace: `w${at % 4}`,
  expired: at % 2 === 0,
}));

const retry = { max_retries: 1, retry_delay_seconds: 0.1 };
const plain = await createInstallation({
  ...servers,
  settings: { collections: acceptingPoison, jobs: { 'ttl-cleanup': { brake: open, retry } } },
});
await seed(plain.parts, documents);
await plain.worker();
await poison(plain.parts.db, 'w2');
save('preview', (await plain.cli('run', 'ttl-cleanup', '--preview', '--wait', '--json')).json.workflow_id);
const partial = (await plain.cli('run', 'ttl-cleanup', '--wait', '--json')).json;
save('partial', partial.workflow_id);
save('undo', (await plain.cli('undo', partial.run_id, '--wait', '--json')).json.workflow_id);
await cure(plain.parts.db);
await plain.cli('holds', 'lift', '--collection', 'documents', '--json');
save('success', (await plain.cli('run', 'ttl-cleanup', '--wait', '--json')).json.workflow_id);
await plain.close();

const braked = await createInstallation({
  ...servers,
  settings: { jobs: { 'ttl-cleanup': { brake: { floor_rows: 0 } } } },
});
await seed(braked.parts, documents);
await braked.worker();
const held = (await braked.cli('run', 'ttl-cleanup', '--wait', '--json')).json;
save('held', held.workflow_id);
save('approved', (await braked.cli('approve', held.run_id, '--wait', '--json')).json.workflow_id);
await braked.close();

const site = await startPageSite();
const refreshed = await createInstallation({
  ...servers,
  settings: { sources: settingsFor(site), jobs: { 'document-refresh': { retry } } },
});
const pages = ['a', 'b', 'c', 'd'];
for (const id of pages) site.pages.set(`/${id}`, { body: textOf(id, 'second') });
await loadForRefresh(
  refreshed.parts,
  pages.map((id, at) => ({
    ...{ id, workspace: `w${at % 2}`, url: `${site.url}/${id}`, content: textOf(id, 'first'), endsInDays: 3 },
  })),
);
await refreshed.worker();
save('refresh', (await refreshed.cli('run', 'document-refresh', '--wait', '--json')).json.workflow_id);
// A source that fails: tried again by itself, given up, and the others are done.
site.pages.set('/a', { status: 500, body: '' });
await sql`update knowledge.documents set expires_at = now() + interval '1 day'`.execute(refreshed.parts.db);
save('refresh_partial', (await refreshed.cli('run', 'document-refresh', '--wait', '--json')).json.workflow_id);
save('upkeep', (await refreshed.cli('run', 'upkeep', '--wait', '--json')).json.workflow_id);
save('health_check_at_once', (await refreshed.cli('run', 'health-check', '--wait', '--json')).json.workflow_id);
// The type that schedules of earlier releases start.
const inSteps = await refreshed.client.workflow.start('healthCheck', {
  ...{ taskQueue: taskQueueOf(refreshed.id), workflowId: 'health-check-in-steps', args: [{}] },
});
await inSteps.result();
save('health_check', inSteps.workflowId);
await refreshed.close();

const parameters = { grace_days: 0, debounce_seconds: 1, longest_wait_seconds: 10 };
const grouped = await createInstallation({
  ...servers,
  settings: { jobs: { 'group-maintenance': { brake: open, parameters } } },
});
const line = { group_id: 'g', created_at: '2026-01-01T00:00:00.000Z' };
await grouped.parts.graphs[0]?.loading.load?.([
  { ...line, type: 'document', id: 'd' },
  { ...line, type: 'entity', id: 'spoken of' },
  { ...line, type: 'entity', id: 'orphan' },
  { ...line, type: 'mention', document: 'd', entity: 'spoken of' },
]);
await grouped.worker();
save('groups', (await grouped.cli('run', 'group-maintenance', '--wait', '--json')).json.workflow_id);
save('recompute', (await grouped.cli('run', 'graph-recompute', '--wait', '--json')).json.workflow_id);
await grouped.cli('groups', 'deprecate', 'g', 'd', '--maintain');
const { key } = (await grouped.cli('groups', 'show', 'g', '--json')).json;
const soonId = `coppice-${grouped.id}-group-maintenance-soon-${key.slice(0, 32)}`;
await grouped.client.workflow.getHandle(soonId).result();
save('groups_soon', soonId);
await grouped.close();
await site.stop();

await Promise.all([temporal.stop(), postgres.stop()]);
