import { sql } from 'kysely';
import type { Tx } from '../../../database/schema.ts';
import { type MemoryChanges, receive, redirect } from '../../../domain/merge-memories.ts';
import { changesTable } from '../changes/change-tables.ts';
import type { LiveTable } from '../table.ts';
import { linkingRows, type Pair } from './judge-copies.ts';
import {
  type MergedFieldName,
  mergedFields,
  type RowValues,
  readMemories,
  type StoredMemory,
  writeFields,
} from './merged-fields.ts';
import { type RewrittenField, readTexts, rewrittenFields, type UnitedText, writeUnited } from './rewrite.ts';

/** Values of copies and of the rows they are merged into, read under their locks before the copies are removed. */
export interface Memories {
  readonly byId: ReadonlyMap<string, StoredMemory>;
  /** Texts that rows which stay receive, by their ids. */
  readonly united: ReadonlyMap<string, UnitedText>;
}

export async function readPairs(
  tx: Tx,
  table: LiveTable,
  pairs: readonly Pair[],
  united: Memories['united'] = new Map(),
): Promise<Memories> {
  const ids = [...new Set(pairs.flatMap(({ id, survivor }) => [id, survivor]))];
  return { byId: await readMemories(tx, table, ids), united };
}

interface Change {
  readonly id: string;
  readonly part: number;
  readonly changes: MemoryChanges;
}

/**
 * Gives the rows that stay what their removed copies had, and leads links to removed rows to them, in the transaction that
 * has removed the copies. Former values are kept for an undo, with how much was added to a count.
 */
export async function merge(
  tx: Tx,
  table: LiveTable,
  { runNo, keep }: { readonly runNo: number; readonly keep: boolean },
  removed: readonly Pair[],
  { byId, united }: Memories,
): Promise<void> {
  if (removed.length === 0) return;
  const movedTo = new Map(removed.map(({ id, survivor }) => [id, survivor]));
  const changes: Change[] = [];
  const survivors = Map.groupBy(removed, ({ survivor }) => survivor);
  for (const [id, pairs] of survivors) {
    const survivor = byId.get(id);
    const copies = pairs.flatMap((pair) => byId.get(pair.id)?.memory ?? []);
    const [first] = pairs;
    if (survivor === undefined || first === undefined) throw new Error('a copy was removed without the row that stays');
    changes.push({ id, part: first.part, changes: receive(survivor.memory, copies, movedTo) });
  }
  const others = (await linkingRows(tx, table, removed)).filter(({ id }) => !survivors.has(id));
  const linking = await readMemories(
    tx,
    table,
    others.map(({ id }) => id),
  );
  for (const { id, part } of others) {
    const one = linking.get(id);
    if (one !== undefined) changes.push({ id, part, changes: redirect(one.memory, movedTo) });
  }
  const rows = changes.map(({ id, changes }) => ({ id, values: valuesOf(changes) }));
  const written = await writeFields(
    tx,
    table,
    rows.filter(({ values }) => Object.keys(values).length > 0),
  );
  const texts = await rewrite(tx, table, survivors, united);
  if (!keep) return;
  const former = (id: string) => (byId.get(id) ?? linking.get(id))?.stored;
  const records = changes.flatMap(({ id, part, changes }): ChangeRecord[] => {
    const values = valuesOf(changes);
    const fields = mergedFields.filter((name) => values[name] !== undefined);
    const survivor = survivors.has(id);
    const row = { id, part, survivor, former: null, stored: null, added: null };
    if (survivor && fields.length === 0) return [{ ...row, field: 'none' }];
    return fields.map((field) => ({
      ...{ ...row, field, former: former(id)?.[field] ?? null, stored: written.get(id)?.[field] ?? null },
      added: field === 'access_count' ? (changes.accessCount?.added ?? 0) : null,
    }));
  });
  await record(tx, runNo, table.mapping.name, [...records, ...texts]);
}

/** Gives rows that stay the texts of their proposals; returns the records of that. */
async function rewrite(
  tx: Tx,
  table: LiveTable,
  survivors: ReadonlyMap<string, readonly Pair[]>,
  united: Memories['united'],
): Promise<ChangeRecord[]> {
  const own = new Map([...united].filter(([id]) => survivors.has(id)));
  if (own.size === 0) return [];
  const before = await readTexts(tx, table, [...own.keys()]);
  const after = await writeUnited(tx, table, own);
  return [...after].flatMap(([id, stored]) =>
    rewrittenFields.map((field): ChangeRecord => {
      const part = survivors.get(id)?.[0]?.part ?? 0;
      const values = { former: before.get(id)?.[field] ?? null, stored: stored[field] };
      return { id, part, field, ...values, added: null, survivor: true };
    }),
  );
}

function valuesOf({ accessCount, links, lastAccess, expiry }: MemoryChanges): RowValues['values'] {
  return {
    ...(accessCount === undefined ? {} : { access_count: accessCount.stored }),
    ...(links === undefined ? {} : { links: links.stored }),
    ...(lastAccess === undefined ? {} : { last_accessed_at: lastAccess.stored }),
    ...(expiry === undefined ? {} : { expires_at: expiry.stored }),
  };
}

interface ChangeRecord {
  readonly id: string;
  readonly part: number;
  /** `none`: a row that copies were merged into and that had nothing to receive. */
  readonly field: MergedFieldName | RewrittenField | 'none';
  readonly former: string | null;
  readonly stored: string | null;
  readonly added: number | null;
  readonly survivor: boolean;
}

/**
 * A row that several batches change has one record for each field: the first former value and the last one stored. Where
 * the application has written in between, an undo goes back to that.
 */
async function record(tx: Tx, runNo: number, collection: string, records: readonly ChangeRecord[]): Promise<void> {
  if (records.length === 0) return;
  const column = <Name extends keyof ChangeRecord>(name: Name) => records.map((one) => one[name]);
  await sql`insert into ${changesTable(runNo, collection)} as c (part, row_id, field, former, stored, added, survivor)
    select * from unnest(${column('part')}::int[], ${column('id')}::text[], ${column('field')}::text[],
      ${column('former')}::text[], ${column('stored')}::text[], ${column('added')}::float8[], ${column('survivor')}::boolean[])
    on conflict (row_id, field) do update
      set former = case when c.stored is not distinct from excluded.former then c.former else excluded.former end,
        stored = excluded.stored, added = c.added + excluded.added, survivor = c.survivor or excluded.survivor`.execute(
    tx,
  );
}
