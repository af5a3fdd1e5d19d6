import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { GraphTools } from '../../src/activities/graph/tools.ts';
import { assemble, type Parts } from '../../src/assemble.ts';
import { createGraphComputer } from '../../src/compute/graph-computer.ts';
import { loadConfig } from '../../src/config/load.ts';
import { wholeView } from '../../src/domain/access.ts';
import type { MergeStateName } from '../../src/domain/merging/merge-state.ts';
import { deduplicateFacts } from '../../src/jobs/deduplicate-facts.ts';
import { forget } from '../../src/operations/data/forget.ts';
import { calibrate } from '../../src/operations/groups/calibrate.ts';
import { decideOnMerge, listMerges, showMerge } from '../../src/operations/groups/merges.ts';
import { preview } from '../../src/operations/runs/preview.ts';
import { migrateAll } from '../../src/prepare.ts';
import type { GraphLine } from '../../src/stores/ports/graph-loading.ts';
import type { GraphStore } from '../../src/stores/ports/graph-store.ts';
import { syntheticGroup } from '../similarity/synthetic-group.ts';
import { cutoff } from '../stores/graph/corpus.ts';
import { checksumOfRows } from '../stores/graph/tables-place.ts';
import { graphTools, surveyed } from '../support/graph-sweep.ts';
import { describeOnDatabase } from '../support/stores.ts';

const parameters = Object.fromEntries(
  Object.entries(deduplicateFacts.parameters).map(([name, { default: value }]) => [name, value]),
);
const terms = { cutoff, parameters, respectHolds: true };
const old = '2026-01-01T00:00:00.000Z';

/** Three that are the same, and two of one name that are not one person. */
function people(group_id: string): GraphLine[] {
  const entity = (id: string, name: string, summary: string): GraphLine => {
    return { type: 'entity', group_id, created_at: old, entity_type: 'Person', id, name, summary };
  };
  return [
    ...[entity('a1', 'Ada Lovelace', ''), entity('a2', 'ada lovelace', ''), entity('a3', 'Ada  Lovelace', '')],
    entity('j1', 'John Smith', 'a plumber, born in 1950'),
    entity('j2', 'John Smith', 'an actress who was born in 1981'),
    entity('z', 'Zoe', 'somebody else'),
    { type: 'relation', group_id, id: 'r', source: 'j2', target: 'z', created_at: old, name: 'knows' },
  ];
}

describeOnDatabase('native', 'pairs of entities', (database) => {
  const computer = createGraphComputer({ threads: 1 });
  const tools: GraphTools = graphTools(computer);
  let parts: Parts;
  let store: GraphStore;

  beforeAll(async () => {
    parts = await assemble(loadConfig({ DATABASE_URL: database.url }), database.url, 'test');
    await migrateAll(parts);
    const [graph] = parts.graphs;
    if (graph === undefined) throw new Error('the default configuration has a graph');
    store = graph;
  });
  beforeEach(async () => {
    const { db } = parts;
    for (const table of ['graph_groups', 'ledger_graph', 'run_partitions', 'partition_locks', 'merges']) {
      await sql`delete from coppice.${sql.ref(table)}`.execute(db);
    }
    for (const part of ['entities', 'relations'])
      await sql`delete from knowledge.${sql.ref(`graph_${part}`)}`.execute(db);
    await store.loading.load?.([...people('red'), ...people('green')]);
  });
  afterAll(async () => {
    await computer.close();
    await tools.finder.close();
    await parts.close();
  });

  const context = (groups?: readonly string[]) => ({
    parts,
    ...{ requestedBy: 'a person', namespace: 'default', client: () => Promise.reject(new Error('no Temporal')) },
    ...(groups === undefined ? {} : { view: { ...wholeView, groups } }),
  });
  const query = { graph: null, group: null, state: null, limit: 50, cursor: null };
  const listed = async (state: MergeStateName | null, groups?: readonly string[]) =>
    (await listMerges(context(groups), { ...query, state })).merges;
  const run = async () => {
    const sweep = await surveyed(parts.db, store, tools, terms, 'deduplicate-facts');
    await sweep.apart(50);
    return sweep;
  };
  const idOf = async (state: MergeStateName, group_id = 'red', loser?: string) => {
    const found = await listed(state);
    const one = found.find((pair) => pair.group_id === group_id && (loser === undefined || pair.loser === loser));
    return one?.id ?? 'none';
  };
  const entities = async (group: string) => {
    const { rows } = await sql<{
      ids: string;
    }>`select string_agg(id, ' ' order by id) as ids from knowledge.graph_entities
      where group_id = ${group}`.execute(parts.db);
    return rows[0]?.ids;
  };
  const checksum = (group: string) =>
    checksumOfRows(
      parts.db,
      ['entities', 'relations'].map((part) => ({ schema: 'knowledge', name: `graph_${part}` })),
      group,
    );

  test('what is not certain waits for a person, with both sides as they are', async () => {
    await run();
    expect(await entities('red')).toBe('a1 j1 j2 z');
    const waiting = await listed('review');
    expect(waiting.map(({ group_id, survivor, loser, guard }) => [group_id, survivor, loser, guard])).toEqual(
      expect.arrayContaining([
        ['red', 'j2', 'j1', 'number'],
        ['green', 'j2', 'j1', 'number'],
      ]),
    );
    expect(await showMerge(context(), await idOf('review'))).toMatchObject({
      survivor_side: { id: 'j2', name: 'John Smith', text: 'an actress who was born in 1981', neighbours: ['Zoe'] },
      loser_side: { id: 'j1', text: 'a plumber, born in 1950', neighbours: [] },
      evidence: { same_name: true, cosine: null },
      merged: null,
    });
    // Another run finds the same pairs, and no pair twice.
    await run();
    expect((await listed('review')).map(({ id }) => id)).toEqual(waiting.map(({ id }) => id));
  });

  test('what a person accepts is merged by the next run, and what is to be split is taken apart and stays so', async () => {
    await run();
    const before = await checksum('red');
    const id = await idOf('review');
    expect(await decideOnMerge(context(), id, 'accept')).toMatchObject({ state: 'accepted', decided_by: 'a person' });
    await run();
    expect(await entities('red')).toBe('a1 j2 z');
    expect(await entities('green')).toBe('a1 j1 j2 z');
    expect(await showMerge(context(), id)).toMatchObject({
      state: 'merged',
      merged: { changed_values: ['summary'] },
      loser_side: null,
    });
    await expect(decideOnMerge(context(), id, 'never')).rejects.toThrow('is merged already');
    expect(await decideOnMerge(context(), id, 'split')).toMatchObject({ state: 'splitting' });
    const split = await run();
    expect(await split.totals()).toEqual({ split_merges: 1 });
    expect(await checksum('red')).toBe(before);
    expect(await showMerge(context(), id)).toMatchObject({ state: 'never', reason: 'split' });
    expect((await run()).rows).toEqual([]);
  });

  test('entities of a protected type are merged only where a person accepts it', async () => {
    const guarded = { ...terms, parameters: { ...parameters, protected_types: 'Person, Account' } };
    const sweep = async () => {
      const swept = await surveyed(parts.db, store, tools, guarded, 'deduplicate-facts');
      await swept.apart(50);
      return swept.rows.length;
    };
    expect(await sweep()).toBe(0);
    const waiting = (await listed('review')).filter(({ guard }) => guard === 'protected_type');
    expect(waiting).toHaveLength(4);
    await decideOnMerge(
      context(),
      waiting.find(({ group_id, loser }) => group_id === 'red' && loser === 'a3')?.id ?? '',
      'accept',
    );
    expect(await sweep()).toBe(1);
    expect(await entities('red')).toBe('a1 a2 j1 j2 z');
    expect(await entities('green')).toBe('a1 a2 a3 j1 j2 z');
  });

  test('a pair that is kept apart does not come back, and neither does it through a third entity', async () => {
    await run();
    const split = await idOf('merged', 'red', 'a3');
    await decideOnMerge(context(), split, 'split');
    await run();
    expect(await entities('red')).toBe('a1 a3 j1 j2 z');
    const review = await idOf('review');
    await decideOnMerge(context(), review, 'never');
    expect((await run()).rows).toEqual([]);
    expect(await listed('never')).toHaveLength(2);
    expect((await listed('review')).every(({ group_id }) => group_id === 'green')).toBe(true);
  });

  test('a merge on which a later one builds is not taken apart before that one, which is named', async () => {
    await run();
    const first = await idOf('merged', 'red', 'a2');
    const later = await idOf('merged', 'red', 'a3');
    await expect(decideOnMerge(context(), first, 'split')).rejects.toThrow(
      `merge ${later} (a3 into a1) builds on merge ${first}`,
    );
    await decideOnMerge(context(), later, 'split');
    await run();
    await decideOnMerge(context(), first, 'split');
    await run();
    expect(await entities('red')).toBe('a1 a2 a3 j1 j2 z');
  });

  test('a pair that was separated after the survey is not merged by that run', async () => {
    const sweep = await surveyed(parts.db, store, tools, terms, 'deduplicate-facts');
    await decideOnMerge(context(), await idOf('proposed', 'red', 'a3'), 'never');
    await sweep.apart(50);
    expect(await entities('red')).toBe('a1 a3 j1 j2 z');
    expect(await entities('green')).toBe('a1 j1 j2 z');
  });

  test('who sees some groups sees their pairs and decides about no other', async () => {
    await run();
    expect(new Set((await listed(null, ['red'])).map(({ group_id }) => group_id))).toEqual(new Set(['red']));
    await expect(showMerge(context(['red']), await idOf('review', 'green'))).rejects.toThrow('there is no pair');
    await expect(decideOnMerge(context(['red']), await idOf('review', 'green'), 'never')).rejects.toThrow(
      'there is no pair',
    );
  });

  test('a preview lists pairs with what speaks for them, and writes nothing', async () => {
    const shown = await preview(parts, 'deduplicate-facts', {});
    expect(shown.survey).toMatchObject({ due: 4, rows: 14 });
    expect(shown.pairs?.filter(({ outcome }) => outcome === 'merge')).toHaveLength(4);
    expect(shown.pairs?.find(({ outcome }) => outcome === 'relate')).toMatchObject({ guard: 'number', survivor: 'j2' });
    expect(await listed(null)).toEqual([]);
  });

  test('calibration states model, merges and the estimate of each type, with pairs at the border, and changes nothing', async () => {
    const { records } = syntheticGroup(3, 300, (entity) => 1 + (entity % 2));
    const line = { type: 'entity' as const, group_id: 'blue', created_at: old, entity_type: 'Person' };
    await store.loading.load?.(
      records.map(({ key, properties, text }) => ({
        ...line,
        id: key,
        name: Object.values(properties).join(' '),
        summary: text,
      })),
    );
    const before = await checksum('blue');
    const asked = { job: 'deduplicate-facts', graph: null, group: 'red' };
    const red = await calibrate(context(), asked);
    expect(red.groups).toMatchObject([
      { group_id: 'red', types: [{ type: 'Person', entities: 6, merges: 2, estimated_error_rate: null }] },
    ]);
    const all = await calibrate(context(), { ...asked, group: null });
    expect(all.groups.map(({ group_id }) => group_id)).toEqual(['blue', 'green', 'red']);
    const [blue] = all.groups[0]?.types ?? [];
    expect(blue?.entities).toBe(records.length);
    expect(blue?.border.length).toBeLessThanOrEqual(20);
    expect(await checksum('blue')).toBe(before);
    expect(await listed(null)).toEqual([]);
    await expect(calibrate(context(), { ...asked, job: 'ttl-cleanup' })).rejects.toThrow('ttl-cleanup merges nothing');
  });

  test('answers of people refine the error rate, are kept when a pair is merged, and are part of a preview', async () => {
    await surveyed(parts.db, store, tools, terms, 'deduplicate-facts');
    await decideOnMerge(context(), await idOf('proposed', 'red', 'a2'), 'accept');
    await decideOnMerge(context(), await idOf('proposed', 'red', 'a3'), 'never');
    await decideOnMerge(context(), await idOf('review'), 'never');
    const asked = { job: 'deduplicate-facts', graph: null, group: 'red' };
    const measured = async () => (await calibrate(context(), asked)).groups[0]?.types[0];
    const refined = { judged_merges: { right: 1, wrong: 1 }, estimated_error_rate: { low: 0, rate: 0.5, high: 1 } };
    expect(await measured()).toMatchObject(refined);
    // The first run only surveys, and keeps its locks.
    await sql`delete from coppice.partition_locks`.execute(parts.db);
    await run();
    expect(await entities('red')).toBe('a1 a3 j1 j2 z');
    expect(await measured()).toMatchObject(refined);
    const { estimates } = await preview(parts, 'deduplicate-facts', {});
    expect(estimates).toEqual([
      {
        graph: 'graph',
        group_id: 'red',
        type: 'Person',
        merges: 1,
        estimated_error_rate: refined.estimated_error_rate,
      },
    ]);
  });

  test('a forgotten entity is in no pair and in no record of a merge', async () => {
    await run();
    await sql`update coppice.runs set status = 'success', finished_at = now()`.execute(parts.db);
    await forget(context(), { subject: 'a3', byId: true, collection: null, yes: true });
    expect((await listed(null)).some(({ loser }) => loser === 'a3')).toBe(false);
    const { rows } = await sql`select from coppice.ledger_graph where content::text like '%"a3"%'`.execute(parts.db);
    expect(rows).toEqual([]);
  });
});
