import { type RawBuilder, sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import { idText, isOneOfFew } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import type { LedgerAddress } from '../../../domain/ledger-address.ts';
import type { Rule } from '../../../domain/rules/index.ts';
import type { Batch, GroupBatch } from '../../ports/batch.ts';
import type { Intended, Settlement } from '../../ports/row-intents.ts';
import type { Removal } from '../../ports/row-removal.ts';
import { itemsTable, nextItemsSql, widened } from '../items.ts';
import { intend } from '../removal/intend.ts';
import { removeBatch, removeTogether } from '../removal/remove.ts';
import { settle } from '../removal/settle.ts';
import type { LiveTable } from '../table.ts';
import { countClusters, markMerged, measureClusters } from './clusters.ts';
import { lockAndJudge, type Pair, pairsOf, pairsOfIds } from './judge-copies.ts';
import { type Memories, merge, readPairs } from './merge.ts';

/**
 * Removal of copies: what removes any row, between two steps of its own in the same transaction. Before it, rows and the
 * rows they are merged into are locked in the order of their ids and compared again; rows that are no copies any more leave
 * the run. After it, the rows that stay receive what the removed ones had. A set that is larger than a batch is handled in
 * slices: the row that stays is the same for all of them, and each slice adds what it has removed.
 */
export async function removeCopies(tx: Tx, table: LiveTable, batch: Batch): Promise<Removal> {
  const wide = widened(table, batch);
  const items = nextItemsSql(table.mapping, wide);
  const pairs = await pairsOf(tx, batch.runNo, items);
  const last = await lastPlace(tx, items);
  if (last === null) return { ...nothing, seen: 0, after: batch.after, spared: 0 };
  const { accepted, memories, reverted } = await prepare(tx, table, batch, pairs);
  const removal = accepted.length === 0 ? nothing : await removeBatch(tx, table, { ...wide, upTo: last });
  await mergeRemoved(tx, table, batch, accepted, memories, removal.documents);
  const staying = removal.kept.reduce((sum, one) => sum + one.documents, 0);
  const waiting = accepted.length - removal.documents - staying - ('spared' in removal ? removal.spared : 0);
  return {
    ...removal,
    // With items put behind the others the partition is not finished.
    seen: waiting > 0 ? Math.max(pairs.length, batch.size) : pairs.length,
    after: last,
    spared: pairs.length - removal.documents - staying - waiting - reverted.length,
    reverted: countClusters(reverted),
  };
}

export async function removeCopiesTogether(
  tx: Tx,
  table: LiveTable,
  group: GroupBatch,
): Promise<ReadonlyMap<number, Removal>> {
  const items = sql`select i.* from ${itemsTable(group.runNo, table.mapping)} i
    where i.part = any(${group.partitions.map(({ no }) => no)}::int[])`;
  const pairs = await pairsOf(tx, group.runNo, items);
  const { accepted, memories, reverted } = await prepare(tx, table, group, pairs);
  const removals = await removeTogether(tx, table, group);
  const documents = [...removals.values()].reduce((sum, one) => sum + one.documents, 0);
  await mergeRemoved(tx, table, group, accepted, memories, documents);
  const asked = Map.groupBy(pairs, ({ part }) => part);
  const judged = Map.groupBy(accepted, ({ part }) => part);
  const takenBack = Map.groupBy(reverted, ({ part }) => part);
  return new Map(
    [...removals].map(([part, removal]) => {
      const dropped = (asked.get(part)?.length ?? 0) - (judged.get(part)?.length ?? 0);
      const back = takenBack.get(part) ?? [];
      const spared = removal.spared + dropped - back.length;
      return [part, { ...removal, seen: removal.seen + dropped, spared, reverted: countClusters(back) }];
    }),
  );
}

/** T1 of rows whose vectors are in another store: only copies of a row that is there become intents. */
export async function intendCopies(tx: Tx, table: LiveTable, batch: Batch, ids: readonly string[]): Promise<Intended> {
  const standing = await lockAndJudge(tx, table, await pairsOfIds(tx, table, batch, ids), batch.rule);
  const { kept, reverted } = await measureClusters(tx, table, batch, standing);
  const accepted = kept.map(({ id }) => id);
  const intended = await intend(tx, table, batch, accepted);
  return { ...intended, reverted: { clusters: countClusters(reverted), rows: reverted.length } };
}

/** T2: a row whose survivor has changed or is not there any more since T1 stays, and so do its vectors. */
export async function settleCopies(
  tx: Tx,
  table: LiveTable,
  at: LedgerAddress,
  ids: readonly string[],
  keep: boolean,
  rule: Rule,
): Promise<Settlement> {
  const pairs = await pairsOfIds(tx, table, at, ids);
  const accepted = await lockAndJudge(tx, table, pairs, rule);
  const memories = await readPairs(tx, table, accepted);
  const copies = new Set(accepted.map(({ id }) => id));
  const existing = await existingOf(tx, table, ids);
  const staying = ids.filter((id) => existing.has(id) && !copies.has(id));
  const stays = new Set(staying);
  const settlement = await settle(
    tx,
    table,
    at,
    ids.filter((id) => !stays.has(id)),
    keep,
  );
  const removed = new Set(settlement.removed);
  const merged = accepted.filter(({ id }) => removed.has(id));
  const work = { runNo: at.runNo, rule, keep };
  await merge(tx, table, work, merged, memories);
  await markMerged(tx, table, work, merged);
  return { ...settlement, changed: [...settlement.changed, ...staying] };
}

const nothing = { documents: 0, vectors: 0, children: 0, kept: [] };

interface Work {
  readonly runNo: number;
  readonly rule: Rule;
  readonly keep: boolean;
}

/**
 * Returns the pairs that are still to be merged, with the values of their rows. Items of all other pairs leave the run.
 */
async function prepare(tx: Tx, table: LiveTable, { runNo, rule }: Work, pairs: readonly Pair[]) {
  const standing = await lockAndJudge(tx, table, pairs, rule);
  const { kept: accepted, reverted, united } = await measureClusters(tx, table, { runNo, rule }, standing);
  const memories = await readPairs(tx, table, accepted, united);
  const still = new Set(accepted.map(({ id }) => id));
  const dropped = pairs.filter(({ id }) => !still.has(id));
  if (dropped.length > 0) {
    await sql`delete from ${itemsTable(runNo, table.mapping)} i
      using unnest(${dropped.map(({ id }) => id)}::text[], ${dropped.map(({ part }) => part)}::int[]) s (id, part)
      where i.part = s.part and i.id::text = s.id`.execute(tx);
  }
  return { accepted, memories, reverted };
}

/** Rows that the database refuses to delete give nothing to the row that stays. */
async function mergeRemoved(
  tx: Tx,
  table: LiveTable,
  work: Work,
  accepted: readonly Pair[],
  memories: Memories,
  documents: number,
): Promise<void> {
  const ids = accepted.map(({ id }) => id);
  const left = documents === accepted.length ? new Set<string>() : await existingOf(tx, table, ids);
  const removed = accepted.filter(({ id }) => !left.has(id));
  await merge(tx, table, work, removed, memories);
  await markMerged(tx, table, work, removed);
}

async function existingOf(tx: Tx, table: LiveTable, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { mapping } = table;
  const { rows } = await sql<{ id: string }>`select ${idText('d', mapping)} as id from ${tableRef(mapping.table)} d
    where ${isOneOfFew('d', table, ids)}`.execute(tx);
  return new Set(rows.map(({ id }) => id));
}

async function lastPlace(tx: Tx, items: RawBuilder<unknown>): Promise<string | null> {
  const { rows } = await sql<{ last: string | null }>`select max(i.place)::text as last from (${items}) i`.execute(tx);
  return rows[0]?.last ?? null;
}
