import { type RawBuilder, sql } from 'kysely';

/** Partitions that may be seen, each of a job or of a collection; `null`: all of them. */
export type Seen = readonly { readonly of: string; readonly partition: string }[] | null;

/** Whether the partition `name` of `of` (two columns) is among them. */
export function isSeen(seen: Seen, of: RawBuilder<unknown>, name: RawBuilder<unknown>): RawBuilder<boolean> {
  if (seen === null) return sql<boolean>`true`;
  return sql<boolean>`(${of}, ${name}) in (select * from unnest(
    ${seen.map((one) => one.of)}::text[], ${seen.map((one) => one.partition)}::text[]))`;
}
