import { toStoreError } from '../../database/errors.ts';
import type { Tx } from '../../database/schema.ts';
import type { Totals } from '../../domain/run.ts';
import { StoreError } from '../../domain/store-errors.ts';
import { type Look, recordLooks } from '../../state/ledger/sources.ts';
import type { RefreshTable, Written } from '../../stores/ports/refresh-table.ts';
import type { PartitionWork } from '../sweep/sweepable.ts';
import type { Looked, ToWrite } from './look.ts';

/** Documents of one transaction, and what became of them. */
export interface Outcomes {
  readonly totals: Totals;
  readonly progress: boolean;
  /** Rows that say what the new text says. */
  readonly written: readonly string[];
  /** Rows that were left as they are. */
  readonly left: readonly string[];
}

/** Writes the rows that can be written and remembers what was seen, in the caller's transaction. */
export async function writeOutcomes(
  tx: Tx,
  work: PartitionWork,
  table: RefreshTable,
  collection: string,
  group: readonly Looked[],
  again: ReadonlySet<string>,
): Promise<Outcomes> {
  const looks: Look[] = [];
  const totals: Record<string, number> = {};
  const written: string[] = [];
  const add = (name: string, count: number) => {
    totals[name] = (totals[name] ?? 0) + count;
  };
  const together = await tryTogether(tx, work, table, group);
  // Everyone locks in the same order.
  for (const one of [...group].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))) {
    const { look, chunks } =
      one.kind === 'left' ? { look: leftLook(one), chunks: null } : await tryWrite(tx, work, table, one, together);
    looks.push(look);
    add(totalOf(look), 1);
    if (again.has(look.id)) add('failed_documents', -1);
    if (look.outcome === 'refreshed') written.push(look.id);
    add('written_chunks', chunks?.chunks ?? 0);
    add('removed_chunks', chunks?.removedChunks ?? 0);
  }
  await recordLooks(tx, collection, { ...work.ledger, epoch: work.guard.epoch }, looks);
  const done = new Set(written);
  const progress = looks.some(({ id, outcome }) => outcome !== 'failed' || !again.has(id));
  return { totals, progress, written, left: looks.filter(({ id }) => !done.has(id)).map(({ id }) => id) };
}

function totalOf({ outcome }: Look): string {
  return outcome === 'changed_meanwhile' ? 'no_longer_due' : `${outcome}_documents`;
}

function leftLook({ id, outcome, reason }: Extract<Looked, { kind: 'left' }>): Look {
  return { id, outcome, reason, known: null };
}

function idOf(one: Looked): string {
  return one.kind === 'left' ? one.id : one.replacement.id;
}

/** Mostly nothing is amiss. Where something is, `null`: each is then written by itself, and what is wrong shows. */
async function tryTogether(
  tx: Tx,
  { partition }: PartitionWork,
  table: RefreshTable,
  group: readonly Looked[],
): Promise<ReadonlyMap<string, Written | null> | null> {
  const replacements = group.flatMap((one) => (one.kind === 'write' ? [one.replacement] : []));
  if (replacements.length < 2) return null;
  try {
    return await table.writeAll(tx, partition, replacements);
  } catch (error) {
    const refusal = toStoreError(error);
    if (!(refusal instanceof StoreError) || refusal.wholeStore) throw error;
    return null;
  }
}

async function tryWrite(
  tx: Tx,
  { partition }: PartitionWork,
  table: RefreshTable,
  { replacement, known }: ToWrite,
  together: ReadonlyMap<string, Written | null> | null,
): Promise<{ look: Look; chunks: Written | null }> {
  const { id, page } = replacement;
  try {
    const chunks = together === null ? await table.write(tx, partition, replacement) : (together.get(id) ?? null);
    if (chunks === null) {
      const reason = 'it was written by another client meanwhile';
      return { look: { id, outcome: 'changed_meanwhile', reason, known: null }, chunks: null };
    }
    return { look: { id, outcome: page === null ? 'unchanged' : 'refreshed', reason: null, known }, chunks };
  } catch (error) {
    const refusal = toStoreError(error);
    if (!(refusal instanceof StoreError) || refusal.wholeStore) throw error;
    // The server's words may quote the text; its code is enough to look it up.
    const reason = `${refusal.name}: PostgreSQL ${refusal.code ?? ''} when the row was written`;
    const outcome = refusal.name === 'StoreRefusedError' ? 'refused' : 'failed';
    return { look: { id, outcome, reason, known: null }, chunks: null };
  }
}
