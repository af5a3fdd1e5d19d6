import type { Finding, Totals } from '../domain/run.ts';
import type { Kept } from '../stores/ports/row-removal.ts';
import type { Restored } from '../stores/ports/row-undo.ts';

const nothing = { code: null, constraint: null, table: null, column: null, id: null, key: null };

/** Due documents that the database keeps, as the run's record tells of them. */
export function keptFinding({ reason, code, constraint, table, documents }: Kept): Finding {
  return { ...nothing, kind: 'spared', reason, code, constraint, table, documents };
}

/** Names are there only where something is to be counted. */
export function keptTotals(kept: readonly Kept[]): Totals {
  const totals: Record<string, number> = {};
  for (const { reason, documents } of kept) {
    const name = reason === 'referenced' ? 'spared_referenced' : 'spared_refused';
    totals[name] = (totals[name] ?? 0) + documents;
  }
  return totals;
}

/** Rows of child tables. The name is there only where something is to be counted. */
export function childTotals(name: 'deleted_children' | 'restored_children', children: number): Totals {
  return children === 0 ? {} : { [name]: children };
}

/** Findings about rows that an undo could not restore, or restored differently. */
export function restoreFindings({ refusals, differences }: Restored): Finding[] {
  return [
    ...refusals.map((one): Finding => ({ ...nothing, kind: 'not_restored', ...one, documents: 1 })),
    ...differences.map(
      ({ column, documents }): Finding => ({ ...nothing, kind: 'differs', reason: 'changed', column, documents }),
    ),
  ];
}

/** The column in which most documents differ says how many do at least. */
export function differenceTotals({ differences }: Restored): Totals {
  if (differences.length === 0) return {};
  return { restored_with_differences: Math.max(...differences.map(({ documents }) => documents)) };
}
