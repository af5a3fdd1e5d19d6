import { sql } from 'kysely';
import type { Db } from '../../src/database/schema.ts';

/** Collections of an installation whose rows a test poisons: the trigger is accepted by name. */
export const acceptingPoison = { documents: { accept: ['stumble'] } };

/** A trigger of the application lacks a privilege for documents of one workspace: no row of that can be deleted. */
export async function poison(db: Db, workspace: string): Promise<void> {
  await sql`create function knowledge.stumble() returns trigger language plpgsql as $$ begin
    if old.workspace = ${sql.lit(workspace)} then
      raise exception using errcode = '42501', message = 'words of ' || old.id, constraint = 'still_cited';
    end if;
    return old; end $$`.execute(db);
  await sql`create trigger stumble before delete on knowledge.documents
    for each row execute function knowledge.stumble()`.execute(db);
}

export async function cure(db: Db): Promise<void> {
  await sql`drop trigger stumble on knowledge.documents`.execute(db);
  await sql`drop function knowledge.stumble`.execute(db);
}
