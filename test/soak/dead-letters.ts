import { sql } from 'kysely';
import type { Db } from '../../src/database/schema.ts';

/** A trigger keeps every dead letter: a later run that handles the partition deletes Coppice's own row. */
export async function keepDeadLetters(db: Db): Promise<void> {
  for (const statement of [
    'create table public.soak_letters (job text, collection text, partition text, error jsonb, at timestamptz default now())',
    `create function public.keep_letter() returns trigger language plpgsql security definer as $$ begin
      insert into public.soak_letters values (new.job, new.collection, new.partition, new.error); return null; end $$`,
    `create trigger keep_letter after insert or update on coppice.dead_letters
      for each row execute function public.keep_letter()`,
  ]) {
    await sql.raw(statement).execute(db);
  }
}

export interface LetterKind {
  readonly job: string;
  readonly collection: string;
  readonly error: string;
  readonly count: number;
  /** Seconds after the beginning at which the first of them came. */
  readonly first: number;
}

/** The reasons for which partitions were given up, the commonest first. Numbers and ids of a message do not tell two kinds apart. */
export async function deadLetters(db: Db, beganAtMs: number): Promise<readonly LetterKind[]> {
  const { rows } = await sql<LetterKind>`
    select job, collection, error, count(*)::int as count,
      round(extract(epoch from min(at)) - ${beganAtMs / 1000}::float8)::int as first
    from (select job, collection, at, concat_ws(': ', error ->> 'name',
        regexp_replace(left(error ->> 'message', 300), '[0-9a-f]{8,}|[0-9]+', '#', 'g')) as error
      from public.soak_letters) l group by 1, 2, 3 order by 4 desc, 1, 2, 3`.execute(db);
  return rows;
}
