import { sql } from 'kysely';
import { onlyPartition } from '../../activities/sweep/only-partition.ts';
import { Collections, type ObservedCollection, openEach } from '../../activities/sweep/open-collections.ts';
import { resolveParameters } from '../../activities/sweep/parameters.ts';
import { takeSurvey } from '../../activities/sweep/survey.ts';
import { observed } from '../../activities/sweep/survey-run.ts';
import type { Parts } from '../../assemble.ts';
import { databaseNow } from '../../database/clock.ts';
import type { Db } from '../../database/schema.ts';
import { type View, visiblePartitions } from '../../domain/access.ts';
import type { SuspectPreview } from '../../domain/facts/suspect-preview.ts';
import type { MergeEstimate, MergePreview } from '../../domain/merging/merge-state.ts';
import { collectionsFailed, type RunJson } from '../../domain/run.ts';
import { isSweep } from '../../jobs/facts.ts';
import { removingWith } from '../../jobs/index.ts';
import type { Job } from '../../jobs/job.ts';
import { removedInSevenDays } from '../../state/runs/run-partitions.ts';
import { jobOf } from '../context.ts';
import { OperationError } from '../errors.ts';

export type PreviewJson = Omit<RunJson, 'run_id' | 'workflow_id'> & {
  readonly run_id: null;
  readonly workflow_id: null;
  /** Pairs that a run would merge or leave to a person, the first thousand; only of a job that merges. */
  readonly pairs?: readonly PreviewedPairJson[];
  /** Merges by type with their estimated error rate, the first thousand; only of a job that merges. */
  readonly estimates?: readonly PreviewedEstimateJson[];
  /** Facts whose validity a run would restore, the first thousand; only of a job that audits validity. */
  readonly facts?: readonly PreviewedFactJson[];
};

export interface PreviewedFactJson extends Omit<SuspectPreview, 'group'> {
  readonly graph: string;
  readonly group_id: string;
}

export interface PreviewedEstimateJson extends Omit<MergeEstimate, 'group'> {
  readonly graph: string;
  readonly group_id: string;
}

export interface PreviewedPairJson extends Omit<MergePreview, 'group'> {
  readonly graph: string;
  readonly group_id: string;
}

/**
 * Counts the effects of a run in one read-only transaction. Needs nothing but SELECT on the mapped tables: no Temporal,
 * no migration, no table of Coppice's. Where those can be read, holds and the weekly brake are taken into account. With
 * a limited `view`, only visible partitions are counted.
 */
export async function preview(
  parts: Parts,
  jobId: string,
  given: Readonly<Record<string, unknown>>,
  view?: View,
  signal: AbortSignal = new AbortController().signal,
): Promise<PreviewJson> {
  const settings = jobOf({ parts }, jobId);
  refuseTask(settings.job);
  const parameters = resolveParameters(settings, given);
  const attempts = new Collections(null);
  const opened = await openEach(parts.db, parts.sweepables(jobId), attempts);
  const seen = visiblePartitions(view, settings.job.partition);
  const startedAt = new Date();
  const stateReadable = await canReadState(parts.db);
  const partition = onlyPartition(settings.job, { parameters });
  const terms = {
    cutoff: await databaseNow(parts.db),
    parameters,
    partition,
    respectHolds: stateReadable,
    // Over HTTP whoever may look may preview, and calls of a model are paid for.
    asks: view === undefined,
  };
  const collections = await observed(parts.db, opened, terms, null, attempts, signal);
  const { survey } = await parts.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) =>
      takeSurvey(
        tx,
        {
          collections,
          terms,
          brake: settings.brake,
          job: settings.job,
          recentlyRemoved:
            stateReadable && seen === null ? await removedInSevenDays(tx, removingWith(settings.job)) : new Map(),
          ...(seen === null ? {} : { only: (_collection: string, partition: string) => seen.includes(partition) }),
        },
        attempts,
      ),
    );
  const finishedAt = new Date();
  return {
    run_id: null,
    workflow_id: null,
    job: jobId,
    kind: 'preview',
    status: 'preview',
    started_at: startedAt.toISOString(),
    finished_at: finishedAt.toISOString(),
    duration_ms: finishedAt.getTime() - startedAt.getTime(),
    parameters,
    totals: {},
    partitions: {},
    dead_letters: 0,
    approval: null,
    undoes: null,
    holder: null,
    error: attempts.failed.length === 0 ? null : collectionsFailed(attempts.failed),
    failed_collections: attempts.failed,
    worker: null,
    // The brake looks at whole runs: what is seen of one says nothing about it.
    survey: seen === null ? survey : { ...survey, would_hold: [] },
    ...pairsOf(settings.job, collections, seen),
    ...factsOf(settings.job, collections, seen),
  };
}

function pairsOf(
  job: Job,
  collections: readonly ObservedCollection[],
  seen: readonly string[] | null,
): Pick<PreviewJson, 'pairs' | 'estimates'> {
  if (!isSweep(job) || job.merges !== true) return {};
  const pairs = collections.flatMap(({ collection: graph, source }) =>
    (source.pairs ?? []).map(({ group, ...pair }) => ({ graph, group_id: group, ...pair })),
  );
  const estimates = collections.flatMap(({ collection: graph, source }) =>
    (source.estimates ?? []).map(({ group, ...estimate }) => ({ graph, group_id: group, ...estimate })),
  );
  const isSeen = ({ group_id }: { readonly group_id: string }) => seen === null || seen.includes(group_id);
  return { pairs: pairs.filter(isSeen), estimates: estimates.filter(isSeen) };
}

function factsOf(
  job: Job,
  collections: readonly ObservedCollection[],
  seen: readonly string[] | null,
): Pick<PreviewJson, 'facts'> {
  if (!isSweep(job) || job.validity !== true) return {};
  const facts = collections.flatMap(({ collection: graph, source }) =>
    (source.facts ?? []).map(({ group, ...fact }) => ({ graph, group_id: group, ...fact })),
  );
  return { facts: facts.filter(({ group_id }) => seen === null || seen.includes(group_id)) };
}

/** Throws for a job that has nothing to preview. */
export function refuseTask(job: Job): void {
  if (isSweep(job)) return;
  const hint = `Run it: coppice run ${job.id}`;
  throw new OperationError('usage', 'NothingToPreviewError', `${job.id} is one task: it has no survey`, hint);
}

/** Each step only asks what the step before allows. */
async function canReadState(db: Db): Promise<boolean> {
  const { rows } = await sql<{ usable: boolean }>`
    select exists (select from pg_namespace where nspname = 'coppice' and has_schema_privilege(oid, 'usage'))
      as usable`.execute(db);
  if (rows[0]?.usable !== true) return false;
  const tables = await sql<{ readable: boolean }>`
    select coalesce(bool_and(t.oid is not null and has_table_privilege(t.oid, 'select')), false) as readable
    from unnest(array['holds', 'runs', 'run_partitions']) name, lateral (select to_regclass('coppice.' || name)::oid) t (oid)`.execute(
    db,
  );
  return tables.rows[0]?.readable === true;
}
