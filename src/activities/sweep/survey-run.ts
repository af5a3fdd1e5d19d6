import { databaseNow } from '../../database/clock.ts';
import type { Db, Tx } from '../../database/schema.ts';
import { boundedTransaction } from '../../database/transaction.ts';
import type { Approval } from '../../domain/run.ts';
import { removingWith } from '../../jobs/index.ts';
import { partitionKey } from '../../state/locks/key.ts';
import { findDeadLetters, resolveIdleLetters } from '../../state/runs/dead-letters.ts';
import { isSurveyed } from '../../state/runs/is-surveyed.ts';
import { planPartitions, removedInSevenDays } from '../../state/runs/run-partitions.ts';
import { findRun, getRun, type Run, recordSurvey } from '../../state/runs/runs.ts';
import { checkApproval } from './approval.ts';
import type { SweepDeps } from './deps.ts';
import { ApprovalRefusedError } from './errors.ts';
import { ledgerExcess } from './ledger-budget.ts';
import { onlyPartition } from './only-partition.ts';
import { Collections, type ObservedCollection, type OpenCollection, openEach } from './open-collections.ts';
import { recoverAbandoned } from './recover.ts';
import { takeSurvey } from './survey.ts';
import type { SweepTerms } from './sweepable.ts';
import type { RunContext, SurveyInput, SurveyResult } from './types.ts';

/** One scan of a large table takes its time. */
export const surveyTimeoutMs = 3_600_000;

/**
 * The survey of a run, written down: its partitions with their numbers, and the ids that are due. All in one snapshot.
 * Run again (a retry, a reset) it answers what was written, since work may have begun on it. A collection that fails is
 * named in the run's record, and the others are handled.
 */
export async function surveyRun(
  deps: SweepDeps,
  input: SurveyInput,
  signal: AbortSignal,
  attempt = 1,
): Promise<SurveyResult> {
  const { run } = input;
  const attempts = new Collections(attempt);
  const opened = await readyCollections(deps, run, attempts, signal);
  const record = await getRun(deps.db, run.runId);
  if (record.survey !== null) return toResult(record, fingerprintsOf(opened));
  const settings = deps.settings(run.job);
  const wanted = await wantedPartitions(deps.db, input.deadLetters);
  const approved = input.approval === null ? null : await findRun(deps.db, input.approval.held_run);
  const terms: SweepTerms = {
    cutoff: approved?.cutoff ?? (await databaseNow(deps.db)),
    parameters: run.parameters,
    partition: run.partition === undefined ? onlyPartition(settings.job, run) : run.partition,
    respectHolds: true,
    approvedRunNo: approved?.no ?? null,
  };
  const collections = await observed(
    deps.db,
    opened,
    terms,
    run.kind === 'preview' ? null : run.runNo,
    attempts,
    signal,
  );
  let fingerprints = fingerprintsOf(collections);
  const write = async (tx: Tx) => {
    // An attempt whose worker was taken for lost may still be at work: one of the two writes the plan.
    if (await isSurveyed(tx, run.runId)) return;
    const held = input.approval === null ? null : await checkApproval(tx, input.approval);
    const { survey, collections: counted } = await takeSurvey(
      tx,
      {
        collections,
        terms,
        brake: settings.brake,
        job: settings.job,
        recentlyRemoved: await removedInSevenDays(tx, removingWith(settings.job)),
        ...(run.kind === 'preview'
          ? {}
          : {
              plan: (page) => planPartitions(tx, run.runNo, page),
              collect: (source) => source.collect(tx, run.runNo),
            }),
        ...(wanted === null ? {} : { wanted }),
      },
      attempts,
    );
    fingerprints = fingerprintsOf(counted);
    if (run.kind !== 'preview') {
      await resolveIdleLetters(tx, run, { ids: input.deadLetters, key: terms.partition ?? null });
    }
    if (held !== null) await checkSubset(tx, counted, run.runNo, held.no);
    const budget =
      run.ledger === false
        ? []
        : await ledgerExcess(
            tx,
            counted.map(({ source }) => source),
            survey.due ?? survey.would_delete,
            settings.ledger.maxBytes,
          );
    await recordSurvey(tx, run.runId, {
      // An approved run is not held again; the ledger's budget cannot be approved.
      survey: { ...survey, would_hold: [...(held === null ? survey.would_hold : []), ...budget] },
      fingerprint: JSON.stringify(fingerprints),
      approval: ownApproval(input.approval, run.runId),
      failed: attempts.failed,
    });
  };
  await boundedTransaction(deps.db, write, { isolation: 'repeatable read', statementTimeoutMs: surveyTimeoutMs });
  return toResult(await getRun(deps.db, run.runId), fingerprints);
}

/** Collections whose mapping fits, and whose other needs are met. */
async function readyCollections(
  deps: SweepDeps,
  run: RunContext,
  attempts: Collections,
  signal: AbortSignal,
): Promise<OpenCollection[]> {
  const probing = run.kind === 'sweep' ? signal : undefined;
  const opened = await openEach(deps.db, deps.sweepables(run.job), attempts, probing);
  if (run.kind !== 'sweep') return opened;
  await recoverAbandoned(deps, run, opened, signal);
  const ready: OpenCollection[] = [];
  for (const one of opened) {
    const fits = await attempts.attempt(one.collection, async () => {
      await one.open.ready?.(deps.db, signal);
      return true;
    });
    if (fits === true) ready.push(one);
  }
  attempts.requireOne();
  return ready;
}

/** Collections with what a survey is to count of each; without those whose stores could not be read. */
export async function observed(
  db: Db,
  opened: readonly OpenCollection[],
  terms: SweepTerms,
  runNo: number | null,
  attempts: Collections,
  signal: AbortSignal,
): Promise<ObservedCollection[]> {
  const seen: ObservedCollection[] = [];
  for (const one of opened) {
    const source = await attempts.attempt(one.collection, () => one.open.observe(db, terms, runNo, signal));
    if (source !== null) seen.push({ ...one, source });
  }
  attempts.requireOne();
  return seen;
}

export function fingerprintsOf(opened: readonly OpenCollection[]): Readonly<Record<string, string>> {
  return Object.fromEntries(opened.map(({ collection, open }) => [collection, open.fingerprint]));
}

async function wantedPartitions(db: Db, deadLetters: readonly string[] | null) {
  if (deadLetters === null) return null;
  const letters = await findDeadLetters(db, deadLetters);
  const keys = new Set(letters.map((letter) => letter.key));
  return (collection: string, partition: string) => keys.has(partitionKey(collection, partition));
}

/** Never more than was approved: an id that the held run's survey did not have stops the run before it removes anything. */
async function checkSubset(
  tx: Tx,
  collections: readonly ObservedCollection[],
  runNo: number,
  heldRunNo: number,
): Promise<void> {
  for (const { collection, source } of collections) {
    const beyond = await source.itemsBeyond(tx, runNo, heldRunNo);
    if (beyond === 0) continue;
    throw new ApprovalRefusedError(
      `${beyond} rows of ${collection} are due now that were not in the approved survey; nothing was removed. ` +
        'Start a new run and approve that one',
    );
  }
}

function ownApproval(approval: Approval | null, runId: string): Approval | null {
  return approval === null ? null : { ...approval, approved_run: runId };
}

function toResult(record: Run, fingerprints: Readonly<Record<string, string>>): SurveyResult {
  const { survey } = record;
  if (survey === null) throw new Error(`run ${record.run_id} has no survey`);
  return {
    hash: survey.hash,
    cutoff: survey.cutoff,
    fingerprints,
    due: survey.due ?? survey.would_delete,
    partitions: survey.partition_count,
    excess: survey.would_hold,
  };
}
