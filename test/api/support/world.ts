import { sql } from 'kysely';
import { catalogue } from '../../../src/jobs/index.ts';
import { putDeadLetter } from '../../../src/state/runs/dead-letters.ts';
import { seed } from '../../support/corpus.ts';
import { createInstallation, type Installation } from '../../support/installation.ts';
import { loadGroups } from './graph-world.ts';
import type { TestApi } from './test-api.ts';

/** Two workspaces that should know nothing of each other, with something of every kind in both; and two groups. */
export interface World {
  /** Removed from both workspaces; undone since, so that both have holds. */
  readonly removed: string;
  /** Above the brake. */
  readonly held: string;
  /** A dead letter of each. */
  readonly letters: { readonly crimson: string; readonly azure: string };
}

/** Of other jobs nothing starts by itself: what a test sees is its own doing. */
export const quietJobs = Object.fromEntries(
  catalogue.filter((job) => job.id !== 'ttl-cleanup').map((job) => [job.id, { schedules: [] }]),
);

const worldJobs = {
  ...quietJobs,
  'ttl-cleanup': { brake: { max_share: 0.5, max_partition_share: 1, max_weekly_share: 1, floor_rows: 0 } },
};

/** Of the graph; both are stale once the world is filled. */
export const worldGroups = ['scarlet', 'indigo'];

export async function createWorld(
  servers: { postgresUrl: string; temporalAddress: string },
  collections: object = { documents: {} },
  workerArguments: readonly string[] = [],
): Promise<Installation> {
  const settings = { graphs: { graph: null }, jobs: worldJobs, collections };
  const installation = await createInstallation({ ...servers, settings });
  const documents = ['crimson', 'azure'].flatMap((workspace) =>
    Array.from({ length: 40 }, (_, at) => ({ id: `${workspace}-${at}`, workspace, expired: at < 10 })),
  );
  await seed(installation.parts, documents);
  await loadGroups(installation, worldGroups);
  await installation.worker(...workerArguments);
  return installation;
}

/** Fills it through the API itself. */
export async function fillWorld(installation: Installation, api: TestApi): Promise<World> {
  const { parts } = installation;
  const wait = { headers: { prefer: 'wait=60' } };
  const removed = (await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs', wait)).json;
  await api.ask('POST', `/api/v1/runs/${removed.run_id}/undo`, wait);
  await sql`update knowledge.documents set expires_at = now() - interval '1 hour'
    where substring(id from '[0-9]+$')::int between 10 and 39`.execute(parts.db);
  const held = (await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs', wait)).json;
  for (const group of worldGroups) await api.ask('POST', `/api/v1/groups/mark-stale?group_id=${group}`);
  const letters = await addLetters(installation, api, removed.run_id);
  return { removed: removed.run_id, held: held.run_id, letters };
}

/** A dead letter of each workspace. A run that finishes their partitions settles them. */
export async function addLetters({ parts }: Installation, api: TestApi, runId: string): Promise<World['letters']> {
  for (const partition of ['crimson', 'azure']) {
    await parts.db.transaction().execute((tx) =>
      putDeadLetter(tx, {
        job: 'ttl-cleanup',
        collection: 'documents',
        partition,
        runId,
        attempts: 4,
        error: { name: 'StoreRefusedError', message: `${partition} is still cited`, hint: null },
        parameters: {},
      }),
    );
  }
  const { dead_letters } = (await api.ask('GET', '/api/v1/dead-letters')).json;
  const letterOf = (name: string) => dead_letters.find((one: { partition: string }) => one.partition === name).id;
  return { crimson: letterOf('crimson'), azure: letterOf('azure') };
}

/** Everything that a request might change, as text. */
export async function stateOf({ parts, client, schedulePrefix }: Installation): Promise<string> {
  const tables = ['runs', 'dead_letters', 'holds', 'leases', 'tokens', 'graph_groups'];
  const state = [];
  for (const table of tables) {
    const { rows } = await sql`select t::text from ${sql.id('coppice', table)} t order by 1`.execute(parts.db);
    state.push(rows);
  }
  const { rows } = await sql`select id, expires_at from knowledge.documents order by id`.execute(parts.db);
  const { state: schedule } = await client.schedule.getHandle(`${schedulePrefix}ttl-cleanup`).describe();
  return JSON.stringify([state, rows, schedule.paused]);
}
