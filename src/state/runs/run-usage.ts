import { type Selectable, sql } from 'kysely';
import type { Db, RunsTable } from '../../database/schema.ts';
import type { WorkerUsage } from '../../domain/run.ts';

/** Adds a stretch of a worker's work to the run's record. Also once that is closed: the last to work may end after it. */
export async function addUsage(db: Db, runId: string, usage: WorkerUsage): Promise<void> {
  await db
    .updateTable('coppice.runs')
    .set({
      peak_memory_bytes: sql<number>`greatest(peak_memory_bytes, ${usage.peak_memory_bytes}::int8)`,
      cpu_ms: sql<number>`coalesce(cpu_ms, 0) + ${usage.cpu_ms}::int8`,
      worked_ms: sql<number>`coalesce(worked_ms, 0) + ${usage.worked_ms}::int8`,
    })
    .where('run_id', '=', runId)
    .execute();
}

/** `null`: no worker has worked on it yet, or none that measured. */
export function usageOf(run: Pick<Selectable<RunsTable>, keyof WorkerUsage>): WorkerUsage | null {
  const { peak_memory_bytes, cpu_ms, worked_ms } = run;
  if (peak_memory_bytes === null || cpu_ms === null || worked_ms === null) return null;
  return { peak_memory_bytes, cpu_ms, worked_ms };
}
