import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deprecateDocuments } from '../../src/operations/groups/groups.ts';
import type { GraphLine } from '../../src/stores/ports/graph-loading.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';

const old = '2026-01-01T00:00:00.000Z';

/** A document that says two things, and one that says a third. */
function group(group_id: string): GraphLine[] {
  const line = { group_id, created_at: old };
  return [
    ...['d1', 'd2'].map((id): GraphLine => ({ ...line, type: 'document', id })),
    ...['a', 'b', 'c'].map((id): GraphLine => ({ ...line, type: 'entity', id })),
    { ...line, type: 'mention', document: 'd1', entity: 'a' },
    { ...line, type: 'mention', document: 'd1', entity: 'b' },
    { ...line, type: 'mention', document: 'd2', entity: 'c' },
    { ...line, type: 'relation', id: 'ab', source: 'a', target: 'b', document: 'd1' },
    { ...line, type: 'vector', id: 'v1', document: 'd1', embedding: [1, 2, 3] },
  ];
}

const open = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
const parameters = { grace_days: 0, debounce_seconds: 2, longest_wait_seconds: 20 };

describeEndToEnd('maintenance of one group', (servers) => {
  let installation: Installation;

  beforeAll(async () => {
    const settings = { jobs: { 'group-maintenance': { brake: open, parameters } } };
    installation = await createInstallation({ ...servers, settings });
    await installation.parts.graphs[0]?.loading.load?.(['one', 'two', 'three'].flatMap(group));
    await installation.worker();
    // From here on the groups are known and not stale.
    const first = await installation.cli('run', 'group-maintenance', '--wait', '--json');
    expect(first.json).toMatchObject({ status: 'success', totals: { deleted_edges: 0, recomputed_groups: 3 } });
  });
  afterAll(() => installation?.close());

  it('follows a deprecation once the group is quiet, concurrently with the run of all groups, and touches no other', async () => {
    const others = await contents(['two', 'three']);
    const holder = { name: 'group-maintenance', run_id: 'somebody', workflow_id: 'somebody', namespace: 'default' };
    await sql`insert into coppice.leases (name, generation, run_id, workflow_id, namespace, acquired_at)
      values (${holder.name}, 1, 'somebody', 'somebody', 'default', now())
      on conflict (name) do update set generation = coppice.leases.generation + 1, run_id = 'somebody'`.execute(
      installation.parts.db,
    );
    const ask = (documents: readonly string[]) =>
      deprecateDocuments(installation.context, { graph: null, group: 'one', documents, maintain: true });
    expect(await ask(['d1', 'nowhere'])).toMatchObject({
      ...{ deprecated_documents: 1, deprecated_edges: 1, deprecated_vectors: 1, missing: ['nowhere'] },
      maintenance: 'follows',
    });
    expect(await ask(['d1'])).toMatchObject({ deprecated_documents: 0, maintenance: 'was stale already' });
    await until('the group has been maintained', async () => {
      const { json } = await installation.cli('groups', 'show', 'one', '--json');
      return json.gds_stale === false && json.needs_gds_recompute === false;
    });
    expect((await installation.cli('groups', 'show', 'one', '--json')).json).toMatchObject({
      ...{ documents: 2, entities: 1, mentions: 1, relations: 0, vectors: 0 },
      results: { communities: 1 },
    });
    expect(await contents(['two', 'three'])).toEqual(others);
    const { rows } = await sql<{ count: number }>`select count(*)::int as count from coppice.runs
      where job = 'group-maintenance' and parameters ? 'group' and status = 'success'`.execute(installation.parts.db);
    expect(rows[0]?.count).toBe(1);
    await sql`update coppice.leases set run_id = null where run_id = 'somebody'`.execute(installation.parts.db);
  });

  it('no name of a group is in the history of its run', async () => {
    const { client, id } = installation;
    const found = await until('the runs are listed', async () => {
      const histories = [];
      for await (const { workflowId, runId } of client.workflow.list({
        query: `WorkflowId STARTS_WITH 'coppice-${id}'`,
      })) {
        const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
        histories.push(JSON.stringify(history.events));
      }
      return histories.length >= 3 && histories;
    });
    const secret = Buffer.from('"one"').toString('base64').slice(0, 6);
    for (const history of found) {
      expect(history).not.toContain('"one"');
      expect(history).not.toContain(secret);
    }
  });

  it('a run of one group does what it does to that group alone, by its name on the command line', async () => {
    const others = await contents(['one', 'three']);
    await installation.cli('groups', 'deprecate', 'two', 'd1', '--json');
    const run = await installation.cli('groups', 'maintain', 'two', '--wait', '--json');
    expect(run.json).toMatchObject({
      status: 'success',
      totals: { deleted_entities: 2, deleted_edges: 3, deleted_vectors: 1 },
    });
    expect(await contents(['one', 'three'])).toEqual(others);
    expect((await installation.cli('groups', 'stale', '--json')).json).toEqual({ groups: [], next_cursor: null });
  });

  it('the staggered style: one collector each, and no recompute', async () => {
    await installation.cli('groups', 'deprecate', 'three', 'd1', '--json');
    const totals = [];
    for (const collector of ['stale-edges', 'orphan-entities', 'deprecated-vectors']) {
      const set = ['--set', `collectors=${collector}`, '--set', 'recompute=never'];
      const run = await installation.cli('run', 'group-maintenance', ...set, '--wait', '--json');
      totals.push(run.json.totals);
    }
    const none = { deleted_entities: 0, deleted_edges: 0, deleted_vectors: 0, recomputed_groups: 0 };
    expect(totals).toMatchObject([
      { ...none, deleted_edges: 3 },
      { ...none, deleted_entities: 2 },
      { ...none, deleted_vectors: 1 },
    ]);
    const { json } = await installation.cli('groups', 'show', 'three', '--json');
    expect(json).toMatchObject({ gds_stale: true, stale_since: null, needs_gds_recompute: true });
    const nightly = await installation.cli('run', 'graph-recompute', '--wait', '--json');
    expect(nightly.json).toMatchObject({
      status: 'success',
      totals: { recomputed_groups: 1 },
      partitions: { done: 1 },
    });
  });

  it('refuses what is no group, and what is none of its own', async () => {
    for (const [name, code, error] of [
      ['', 2, 'GroupIdError'],
      ['*', 2, 'GroupIdError'],
      ['a\nb', 2, 'GroupIdError'],
      ['x'.repeat(300), 2, 'GroupIdError'],
      ['nobody', 1, 'UnknownGroupError'],
    ] as const) {
      const { json, ...result } = await installation.cli('groups', 'show', name, '--json');
      expect([result.code, json.error.name], name).toEqual([code, error]);
    }
  });

  async function contents(groups: readonly string[]): Promise<unknown[]> {
    const all = [];
    for (const name of ['documents', 'entities', 'mentions', 'relations', 'vectors', 'results']) {
      const { rows } = await sql`select t::text as row from ${sql.id('knowledge', `graph_${name}`)} t
        where group_id = any(${groups}::text[]) order by 1`.execute(installation.parts.db);
      all.push(rows);
    }
    return all;
  }
});
