import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GraphLine } from '../../src/stores/ports/graph-loading.ts';
import { describeOnGraphStores } from '../support/graph-home.ts';
import { communitiesOf } from '../support/graph-reads.ts';
import { createInstallation, type Installation } from '../support/installation.ts';

const old = '2026-01-01T00:00:00.000Z';
const deprecated = '2026-02-01T00:00:00.000Z';

/** Two triangles joined by one relation; of the first, a document is deprecated that alone spoke of entity `lost`. */
function group(group_id: string): GraphLine[] {
  const line = { group_id, created_at: old };
  const pairs = [
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'a'],
    ['x', 'y'],
    ['y', 'z'],
    ['z', 'x'],
    ['a', 'x'],
  ];
  return [
    { ...line, type: 'document', id: 'new' },
    { ...line, type: 'document', id: 'old', deprecated_at: deprecated },
    ...['a', 'b', 'c', 'x', 'y', 'z', 'lost'].map(
      (id): GraphLine => ({ ...line, type: 'entity', id, name: `${id} of ${group_id}` }),
    ),
    ...['a', 'b', 'c', 'x', 'y', 'z'].map(
      (entity): GraphLine => ({ ...line, type: 'mention', document: 'new', entity }),
    ),
    { ...line, type: 'mention', document: 'old', entity: 'lost' },
    { ...line, type: 'mention', document: 'old', entity: 'a' },
    ...pairs.map(
      ([source = '', target = ''], at): GraphLine => ({
        ...line,
        type: 'relation',
        id: `r${at}`,
        source,
        target,
        document: 'new',
      }),
    ),
    { ...line, type: 'relation', id: 'gone', source: 'lost', target: 'a', document: 'old' },
    { ...line, type: 'vector', id: 'v-new', document: 'new', embedding: [0.25, 1, 2] },
    { ...line, type: 'vector', id: 'v-old', document: 'old', embedding: [3, 4, 5.5] },
  ];
}

const groups = ['red', 'green', 'o\'brien "blue" 漢字'];
const brake = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };

describeOnGraphStores('group-maintenance', (servers, home) => {
  let installation: Installation;
  let before: string;
  let runId: string;

  beforeAll(async () => {
    installation = await createInstallation({
      ...servers,
      settings: { ...home.settings, jobs: { 'group-maintenance': { brake } } },
    });
    await home.load(installation, groups.flatMap(group));
    before = await home.contents(installation);
    await installation.worker();
  });
  afterAll(async () => {
    await installation?.close();
    await home.close();
  });

  it('a preview counts what is stale, group by group, and writes nothing', async () => {
    const preview = await installation.cli('preview', 'group-maintenance', '--json');
    expect(preview.json.survey).toMatchObject({ would_delete: 15, partition_count: 3, unscoped: 0 });
    expect(preview.json.survey.partitions[0]).toMatchObject({
      would_delete: 5,
      reasons: { orphaned: 1, document_deprecated: 4 },
    });
    expect(await home.contents(installation)).toBe(before);
    expect(await registry()).toEqual([]);
  });

  it('collects in each group and recomputes it; every document keeps its text', async () => {
    const run = await installation.cli('run', 'group-maintenance', '--wait', '--json');
    expect(run.json.error).toBeNull();
    runId = run.json.run_id;
    expect(run.json).toMatchObject({
      status: 'success',
      totals: { deleted_entities: 3, deleted_edges: 9, deleted_vectors: 3, recomputed_groups: 3 },
      partitions: { done: 3 },
    });
    expect(await registry()).toEqual(
      groups
        .toSorted()
        .map((group_id) =>
          expect.objectContaining({ group_id, stale_since: null, needs_recompute: false, communities: 2 }),
        ),
    );
    const communities = new Map<number, string[]>();
    const [store] = installation.parts.graphs;
    for (const { entity, community } of store === undefined ? [] : await communitiesOf(store, 'red')) {
      communities.set(community, [...(communities.get(community) ?? []), entity].sort());
    }
    expect([...communities.values()].map((members) => members.join('')).sort()).toEqual(['abc', 'xyz']);
  });

  it('a run after it has nothing to do', async () => {
    const run = await installation.cli('run', 'group-maintenance', '--wait', '--json');
    expect(run.json).toMatchObject({ status: 'success', totals: { deleted_entities: 0 }, partitions: {} });
  });

  it('an undo puts everything back, on hold, and the groups are recomputed', async () => {
    const undo = await installation.cli('undo', runId, '--wait', '--json');
    expect(undo.json).toMatchObject({
      status: 'success',
      totals: { restored_entities: 3, restored_edges: 9, restored_vectors: 3 },
    });
    expect(await home.contents(installation)).toBe(before);
    const again = await installation.cli('run', 'group-maintenance', '--wait', '--json');
    expect(again.json).toMatchObject({
      status: 'success',
      totals: { deleted_entities: 0, deleted_edges: 0, recomputed_groups: 3 },
      survey: { on_hold: 15 },
    });
    expect(await home.contents(installation)).toBe(before);
    await installation.cli('groups', 'mark-stale', 'red');
    const set = ['--set', 'collectors=stale-edges'];
    const alone = await installation.cli('run', 'group-maintenance', ...set, '--wait', '--json');
    expect(alone.json).toMatchObject({ status: 'success', totals: { deleted_edges: 0 }, error: null });
    expect(await home.contents(installation)).toBe(before);
  });

  it('upkeep lifts holds of deleted rows, and no other', async () => {
    const { db } = installation.parts;
    const gone = [
      ['red', 'entity', 'nobody'],
      ['red', 'mention', JSON.stringify(['new', 'nobody'])],
      ['green', 'relation', 'none'],
      ['green', 'vector', 'none'],
    ];
    for (const named of gone) {
      await sql`insert into coppice.holds (collection, row_id, partition, dates, run_id)
        select distinct collection, ${JSON.stringify(named)}, ${named[0]}, '', 'undo' from coppice.holds`.execute(db);
    }
    const run = await installation.cli('run', 'upkeep', '--wait', '--json');
    expect(run.json).toMatchObject({ status: 'success', totals: { lifted_holds: gone.length } });
    const { rows } = await sql<{ count: number }>`select count(*)::int8 as count from coppice.holds`.execute(db);
    expect(rows).toEqual([{ count: 15 }]);
  });

  async function registry() {
    const { rows } = await sql`select * from coppice.graph_groups order by group_id collate "C"`.execute(
      installation.parts.db,
    );
    return rows;
  }
});
