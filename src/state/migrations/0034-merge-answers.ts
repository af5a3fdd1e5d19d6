import { type Kysely, sql } from 'kysely';

/** The answer of a person about a pair. It stays when the pair is merged, and when the merge is taken apart. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table coppice.merges add column answer text`.execute(db);
  await sql`update coppice.merges set answer = case state when 'accepted' then 'same' else 'different' end
    where state in ('accepted', 'splitting') or (state = 'never' and reason is distinct from 'undone')`.execute(db);
}
