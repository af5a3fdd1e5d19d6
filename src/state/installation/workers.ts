import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';

export interface WorkerNote {
  readonly identity: string;
  /** Of the configuration that the worker runs with. */
  readonly schedulePrefix: string;
  /** Digest of the configuration. */
  readonly configuration: string;
  /** Version of Coppice. */
  readonly release: string;
}

/** The worker runs. */
export async function noteWorker(db: Db, worker: WorkerNote): Promise<void> {
  const { identity, schedulePrefix, configuration, release } = worker;
  await sql`insert into coppice.workers (identity, schedule_prefix, started_at, configuration, release)
    values (${identity}, ${schedulePrefix}, now(), ${configuration}, ${release})
    on conflict (identity) do update set seen_at = now(), stopped_at = null`.execute(db);
}

/** The worker takes no more work. Its row stays for as long as Temporal remembers that it polled. */
export async function noteStopped(db: Db, identity: string): Promise<void> {
  await sql`update coppice.workers set stopped_at = now() where identity = ${identity}`.execute(db);
}

/** Rows of workers of which Temporal has forgotten that they polled. */
export async function forgetWorkers(db: Db): Promise<void> {
  await sql`delete from coppice.workers where seen_at < now() - interval '1 hour'`.execute(db);
}

/** Of these pollers, those that have stopped or not been heard of for so long. A worker of an older release tells nothing. */
export async function lostWorkers(db: Db, identities: readonly string[], silenceMs: number): Promise<Set<string>> {
  const { rows } = await sql<{ identity: string }>`
    select identity from coppice.workers where identity = any(${[...identities]}::text[])
      and (stopped_at is not null or seen_at < now() - make_interval(secs => ${silenceMs / 1000}::float8))`.execute(db);
  return new Set(rows.map((row) => row.identity));
}

export interface LiveWorker {
  readonly identity: string;
  /** `null`: the worker is of a release that does not record it. */
  readonly started_at: Date | null;
  readonly configuration: string | null;
  readonly release: string | null;
}

/** A worker says every few seconds that it lives; one that has been silent for so long is lost. */
export const workerSilenceMs = 10_000;

/** Workers that have told within that time that they live, the oldest first. */
export async function liveWorkers(db: Db): Promise<readonly LiveWorker[]> {
  const { rows } = await sql<LiveWorker>`
    select identity, started_at, configuration, release from coppice.workers
    where stopped_at is null and seen_at >= now() - make_interval(secs => ${workerSilenceMs / 1000}::float8)
    order by started_at nulls first, identity`.execute(db);
  return rows;
}
