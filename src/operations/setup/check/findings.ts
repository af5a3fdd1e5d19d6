import type { RowCounts } from '../../../stores/postgres/hygiene/rows.ts';
import { expiredForDays } from '../../../stores/postgres/hygiene/rows.ts';
import type { Subject } from './subjects.ts';

export const findingKinds = [
  'expired',
  'unreadable_dates',
  'unscoped',
  'exact_duplicates',
  'near_duplicates',
  'rows_without_vectors',
  'vectors_without_rows',
  'orphans',
  'retired_together',
] as const;
export type FindingKind = (typeof findingKinds)[number];

/** One thing that is not as it should be. */
export interface CheckFinding {
  readonly kind: FindingKind;
  readonly count: number;
  /** Rows that were looked at, or that the estimate is about. */
  readonly of: number;
  /** By how much the count may be wrong in 95 of 100 cases; 0: it was counted. */
  readonly error: number;
  /** Disk space that the rows take, estimated by their share of the table; `null`: it does not apply. */
  readonly bytes: number | null;
  /** Of expired rows: how many have been so for at least so many days. */
  readonly by_age?: readonly { readonly days: number; readonly count: number }[];
  /** The table, where it is another one than the collection's. */
  readonly table?: string;
  readonly what: string;
  /** Remedy that Coppice has; `null`: none yet. */
  readonly remedy: string | null;
}

/** Findings of the one scan that counts rows. */
export function findingsOfRows({ table, shape }: Subject, counts: RowCounts): CheckFinding[] {
  const { rows, unscoped, unreadable, withoutVector } = counts;
  const bytes = bytesOf(counts);
  const expired = counts.expired[0] ?? 0;
  const known = shape !== 'vectors';
  const all: CheckFinding[] = [
    {
      ...{ kind: 'expired', count: expired, of: rows, error: 0, bytes: bytes(expired) },
      by_age: expiredForDays.map((days, at) => ({ days, count: counts.expired[at] ?? 0 })),
      what: 'rows whose expiry date has passed still exist',
      remedy: 'ttl-cleanup removes them, partition by partition, and `coppice undo` restores them',
    },
    {
      ...{ kind: 'unreadable_dates', count: unreadable, of: rows, error: 0, bytes: null },
      what: 'rows have an expiry date that cannot be read: they never expire',
      remedy: 'every run counts them as unreadable and leaves them; correct the dates in the application',
    },
    {
      ...{ kind: 'unscoped', count: unscoped, of: rows, error: 0, bytes: null },
      what: 'rows name no owner: no user, workspace or collection',
      remedy: 'every run counts them and leaves them; the mapping can name another field',
    },
    {
      ...{
        kind: 'rows_without_vectors',
        count: table.vector === null ? 0 : withoutVector,
        of: rows,
        error: 0,
        bytes: null,
      },
      what: 'rows have no vector: a search by vector never finds them',
      remedy: known ? 'document-refresh embeds documents anew when they are due' : null,
    },
  ];
  return all.filter(({ count }) => count > 0);
}

/** The space of so many rows, by their share. */
export function bytesOf({ rows, bytes }: RowCounts): (count: number) => number {
  return (count) => (rows === 0 ? 0 : Math.round((bytes * count) / rows));
}
