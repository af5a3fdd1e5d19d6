import { randomUUID } from 'node:crypto';
import type { Db } from './schema.ts';

/** The installation's id, made at the first call. It stands in the task queue, in memos and in workflow ids. */
export async function ensureInstallation(db: Db): Promise<string> {
  // Where it stands, a role that may not write is as good.
  const standing = await db.selectFrom('coppice.installation').select('id').executeTakeFirst();
  if (standing !== undefined) return standing.id;
  const id = randomUUID().slice(0, 8);
  await db
    .insertInto('coppice.installation')
    .values({ id })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return (await db.selectFrom('coppice.installation').select('id').executeTakeFirstOrThrow()).id;
}
