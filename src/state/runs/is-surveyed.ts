import { sql } from 'kysely';
import type { Tx } from '../../database/schema.ts';

/** Whether the survey of the run is written down. Until the transaction ends nobody else can write it. */
export async function isSurveyed(tx: Tx, runId: string): Promise<boolean> {
  const { rows } = await sql<{ surveyed: boolean }>`select survey is not null as surveyed from coppice.runs
    where run_id = ${runId} for no key update`.execute(tx);
  return rows[0]?.surveyed === true;
}
