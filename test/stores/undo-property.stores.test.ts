import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { toMapping } from '../../src/config/mapping.ts';
import type { Db } from '../../src/database/schema.ts';
import type { CollectionMapping } from '../../src/domain/mapping.ts';
import { planPartitions } from '../../src/state/runs/run-partitions.ts';
import { MappingError } from '../../src/stores/ports/inspection.ts';
import type { Removal } from '../../src/stores/ports/row-removal.ts';
import type { RowTable } from '../../src/stores/ports/row-store.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { describeOnDatabase } from '../support/stores.ts';
import { newRun, past, rule, survey, terms } from './contract/collection.ts';

const reference = fc.record({
  from: fc.nat(3),
  to: fc.nat(3),
  onDelete: fc.constantFrom('no action', 'no action', 'no action', 'restrict', 'restrict', 'cascade', 'set null'),
  when: fc.constantFrom('', '', 'deferrable', 'deferrable initially deferred'),
  targets: fc.array(fc.nat(20), { minLength: 1, maxLength: 12 }),
});
const constraints = [
  'unique (workspace, no)',
  'unique (no) deferrable',
  'unique (workspace, no) deferrable initially deferred',
  'unique nulls not distinct (no)',
  'exclude (no with =) deferrable initially deferred',
  'check (no >= 0)',
];
const indexes = ['unique index on TABLE (no) where expires_at is not null', 'unique index on TABLE ((no + 1))'];
const world = fc.record({
  tables: fc.array(
    fc.record({
      rows: fc.array(fc.record({ workspace: fc.constantFrom('a', 'b', 'c'), due: fc.boolean() }), { maxLength: 12 }),
      constraint: fc.option(fc.constantFrom(...constraints)),
      index: fc.option(fc.constantFrom(...indexes)),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  references: fc.array(reference, { maxLength: 6 }),
  together: fc.boolean(),
  size: fc.integer({ min: 1, max: 5 }),
  limit: fc.integer({ min: 1, max: 5 }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

interface Planned {
  readonly no: number;
  readonly partition: string;
  readonly due: number;
  readonly table: RowTable;
}

describeOnDatabase('native', 'an undo of generated schemas', (database) => {
  let made = 0;

  test('restores exactly what the run removed, or the run is refused beforehand', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (one) => {
        const { db } = database;
        made += 1;
        const mappings = await create(db, one, made);
        const images = () => imagesOf(db, mappings);
        const before = await images();
        const opened = await openAll(db, mappings);
        if (opened === null) {
          expect(one.references.some(({ onDelete }) => /cascade|null/.test(onDelete))).toBe(true);
          return;
        }
        const { runNo, planned } = await bind(db, opened);
        await remove(db, one, runNo, planned);
        await undo(db, one, runNo, planned);
        expect(await images()).toEqual(before);
        await sql`drop schema ${sql.id(`p${made}`)} cascade`.execute(db);
      }),
      { numRuns: 120, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false },
    );
  });

  async function create(db: Db, { tables, references }: World, no: number): Promise<CollectionMapping[]> {
    const name = (at: number) => `p${no}.t${at}`;
    const lines = [`create schema p${no}`];
    const keys: string[] = [];
    for (const [at, { rows, constraint, index }] of tables.entries()) {
      lines.push(`create table ${name(at)} (id int primary key, workspace text, no int, expires_at timestamptz)`);
      for (const [id, { workspace, due }] of rows.entries()) {
        lines.push(`insert into ${name(at)} values (${id}, '${workspace}', ${id}, ${due ? `'${past}'` : 'null'})`);
      }
      if (constraint !== null) lines.push(`alter table ${name(at)} add ${constraint}`);
      if (index !== null) lines.push(`create ${index.replace('TABLE', name(at))}`);
    }
    for (const [at, { from, to, targets, onDelete, when }] of references.entries()) {
      const [source, target] = [from % tables.length, to % tables.length];
      const targetRows = tables[target]?.rows.length ?? 0;
      lines.push(`alter table ${name(source)} add column r${at} int`);
      for (const [id, wanted] of targets.entries()) {
        if (wanted < targetRows) lines.push(`update ${name(source)} set r${at} = ${wanted} where id = ${id}`);
      }
      keys.push(
        `alter table ${name(source)} add foreign key (r${at}) references ${name(target)} on delete ${onDelete} ${when}`,
      );
    }
    await sql.raw([...lines, ...keys].join(';\n')).execute(db);
    return tables.map((_table, at) => toMapping(`p${no}_t${at}`, { table: name(at), vectors: { in: 'none' } }));
  }

  async function imagesOf(db: Db, mappings: readonly CollectionMapping[]): Promise<string[]> {
    const images: string[] = [];
    for (const { table } of mappings) {
      const { rows } = await sql<{ row: string }>`
        select t::text as row from ${sql.id(table.schema, table.name)} t order by id`.execute(db);
      images.push(`${table.name}: ${rows.map(({ row }) => row).join(' ')}`);
    }
    return images;
  }

  /** `null`: one of them was refused. */
  async function openAll(db: Db, mappings: readonly CollectionMapping[]): Promise<RowTable[] | null> {
    try {
      const tables = [];
      for (const mapping of mappings) tables.push(await createRowStore(mapping, { mappings }).open(db));
      return tables;
    } catch (error) {
      if (error instanceof MappingError) return null;
      throw error;
    }
  }

  async function bind(db: Db, tables: readonly RowTable[]): Promise<{ runNo: number; planned: Planned[] }> {
    const { no: runNo } = await newRun(db);
    const planned: Planned[] = [];
    for (const table of tables) {
      for (const { partition, due } of await survey(db, table)) {
        if (partition !== null && due > 0) planned.push({ no: planned.length + 1, partition, due, table });
      }
    }
    await db.transaction().execute(async (tx) => {
      const rows = planned.map(({ table, ...one }) => ({ ...one, collection: table.mapping.name, rows: one.due }));
      await planPartitions(tx, runNo, rows);
      for (const table of tables) await table.collect(tx, terms, runNo);
    });
    return { runNo, planned };
  }

  async function remove(db: Db, { together, size }: World, runNo: number, planned: readonly Planned[]): Promise<void> {
    for (const { no: partNo, partition, due, table } of planned) {
      let handled = 0;
      for (let after: string | null = null; ; ) {
        const batch = { runNo, partNo, partition, rule, after, size, keep: true };
        const removal: Removal = await db.transaction().execute(async (tx) => {
          if (!together) return table.remove(tx, batch);
          const group = { runNo, partitions: [{ no: partNo, partition }], rule, keep: true };
          const removed = (await table.removeTogether(tx, group)).get(partNo);
          if (removed === undefined) throw new Error('a partition has its counts');
          return removed;
        });
        expect(removal.spared).toBe(0);
        handled += removal.documents + removal.kept.reduce((sum, one) => sum + one.documents, 0);
        if (together || removal.seen < size) break;
        after = removal.after;
      }
      expect(handled).toBe(due);
    }
  }

  async function undo(db: Db, { limit }: World, runNo: number, planned: readonly Planned[]): Promise<void> {
    const { no: undoRunNo, run_id: undoRunId } = await newRun(db, 'undo');
    for (const { no: partNo, partition, table } of planned) {
      const at = { runNo, partNo };
      for (;;) {
        const ids = (await table.nextRestores(db, at, undoRunNo, limit)).map((row) => row.id);
        if (ids.length === 0) break;
        const back = await db.transaction().execute(async (tx) => {
          const free = await table.restorable(tx, at, undoRunNo, ids);
          return table.restore(tx, { ...at, partition, undoRunNo, undoRunId, ids: free, rule, withReferenced: true });
        });
        expect(back).toMatchObject({ refused: [], refusals: [], differences: [] });
      }
    }
  }
});
