import { wilson } from '../../../stores/postgres/hygiene/duplicates.ts';

/** The count of all, from that of those which were looked at. */
export type Share = (count: number) => { readonly count: number; readonly of: number; readonly error: number };

/** Exact where all were looked at, else with the error of a sample. */
export function shareOf(looked: number, all: number): Share {
  if (looked >= all || looked === 0) return (count) => ({ count, of: Math.max(looked, count), error: 0 });
  return (count) => ({ ...wilson(count, looked, all), of: all });
}
