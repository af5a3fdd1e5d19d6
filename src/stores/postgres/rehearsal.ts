import { sql } from 'kysely';
import type { Tx } from '../../database/schema.ts';

/** Codes of a row that another session works on at the moment: a rehearsal is not worth waiting for. */
const passing = new Set(['40001', '40P01', '55P03', '57014']);

export function isPassing(code: string): boolean {
  return passing.has(code);
}

/** Does the work and takes back whatever it wrote. The work handles refusals by the database itself. */
export async function takenBack<T>(tx: Tx, work: () => Promise<T>): Promise<T> {
  await sql`savepoint coppice_rehearsal`.execute(tx);
  const outcome = await work();
  await sql`rollback to savepoint coppice_rehearsal`.execute(tx);
  await sql`release savepoint coppice_rehearsal`.execute(tx);
  return outcome;
}
