import type { UndoOutlookJson } from '../operations/runs/undo-outlook.ts';
import { printable } from './output.ts';

const verbs = { removed: 'to put back', changed: 'to write back', added: 'to delete' } as const;

/** A line for each collection and effect. */
export function describeOutlook({ refusal, items }: UndoOutlookJson): string[] {
  if (refusal !== null) return [`an undo would be refused: ${refusal}`];
  return items.map(({ collection, effect, items: count, exist_again: again }) => {
    const left = again === null || again === 0 ? '' : `; ${again} exist again and would be left alone`;
    return `${printable(collection)}: ${count} ${verbs[effect]}${left}`;
  });
}
