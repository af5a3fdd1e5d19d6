import { countItems, type ItemCount, itemSources } from '../../state/ledger/run-items.ts';
import { seenByJob } from '../access/visible.ts';
import { type DatabaseContext, runOf } from '../context.ts';
import { undoRefusal } from './undo.ts';

export interface UndoOutlookJson {
  /** The reason why an undo would be refused; `null`: it would be carried out. */
  readonly refusal: string | null;
  /** The items that the ledger holds of the run, by collection and effect; of a part of the ledger 10,000 at most are counted. */
  readonly items: readonly {
    readonly collection: string;
    readonly effect: ItemCount['effect'];
    readonly items: number;
    /** Removed rows that exist again, which an undo leaves alone; `null`: the items are no removed rows. */
    readonly exist_again: number | null;
  }[];
}

const mostCounted = 10_000;

/** Returns the items that an undo of the run would put back now, and those that it would leave alone. Reads only. */
export async function undoOutlook(context: DatabaseContext, id: string): Promise<UndoOutlookJson> {
  const { db, config } = context.parts;
  const run = await runOf(context, id);
  const refusal = undoRefusal(context, run);
  if (refusal !== null) return { refusal: refusal.message, items: [] };
  const { sources, skipped } = await itemSources(db, run, config.collections, false);
  const found = new Map<string, UndoOutlookJson['items'][number]>();
  for (const source of sources) {
    const { collection } = source;
    for (const { effect, items, standing } of await countItems(db, run, source, {
      most: mostCounted,
      seen: seenByJob(context),
    })) {
      const key = `${effect} ${collection}`;
      const before = found.get(key);
      const again = standing === null && before == null ? null : (standing ?? 0) + (before?.exist_again ?? 0);
      found.set(key, { collection, effect, items: items + (before?.items ?? 0), exist_again: again });
    }
  }
  const nothing = found.size === 0 && skipped.length === 0;
  return { refusal: nothing ? nothingLeft(run.run_id) : null, items: [...found.values()] };
}

function nothingLeft(runId: string): string {
  return (
    `the ledger holds nothing of run ${runId}: it changed nothing or kept nothing, an undo has put it back, or its ` +
    'retention has ended'
  );
}
