import type { Db } from '../database/schema.ts';
import type { CollectionMapping } from '../domain/mapping.ts';
import type { Rule } from '../domain/rules/index.ts';
import { describeUpdate, type UpdateCost, unacceptedVectorIndexes } from '../domain/update-cost.ts';
import type { Changes } from '../stores/ports/change-table.ts';
import { MappingError } from '../stores/ports/inspection.ts';
import type { RowStore, RowTable } from '../stores/ports/row-store.ts';
import { rowSurvey } from './row-survey.ts';
import {
  leavesNothing,
  type OpenSweepable,
  type PartitionWork,
  type RestoreWork,
  type Step,
  type Sweepable,
  type SweepTerms,
  type TogetherWork,
} from './sweep/sweepable.ts';

/** How a job that changes values of rows differs from another. */
export interface ChangingJob {
  /** Returns the rule for rows that change and for their new values, from the job's parameters and the run's cutoff. */
  rule(mapping: CollectionMapping, terms: SweepTerms): Rule;
  /** The total that counts changed rows, and the one that counts restored rows. */
  readonly counts: { readonly changed: string; readonly restored: string };
}

/** Rows of one collection as a job sweeps them that changes values and removes nothing. */
export function changeSweepable(store: RowStore, job: ChangingJob): Sweepable {
  return {
    collection: store.mapping.name,
    open: async (db) => openSweepable(await store.open(db), job),
    probe: async () => {},
  };
}

function openSweepable(table: RowTable, job: ChangingJob): OpenSweepable {
  const { mapping, changes } = table;
  return {
    ...rowSurvey(table, {
      ruleOf: (terms) => job.rule(mapping, terms),
      updates: (db, rule) => checkedCost(db, table, rule),
      ledgerBytes: async (tx, rows) => ({ current: await changes.ledgerBytes(tx), expected: rows * bytesPerChange }),
    }),
    work: {
      ...leavesNothing,
      applyBatch: (work, size) => change(table, work, job, size),
      together: { mostRows: null, handle: (work) => changeTogether(table, work, job) },
    },
    undo: {
      keepsImages: (db, runNo) => changes.keepsFormer(db, runNo),
      restoreBatch: (work, size) =>
        writeBack(table, work, { rule: job.rule(mapping, work.terms), total: job.counts.restored }, size),
    },
  };
}

/** A run that writes most rows is refused where each of them would get a new entry in a vector index. */
async function checkedCost(db: Db, { mapping, changes }: RowTable, rule: Rule): Promise<UpdateCost> {
  const cost = await changes.updateCost(db, rule);
  const [index] = unacceptedVectorIndexes(cost, mapping.accept);
  if (index === undefined || !writesMost(rule)) return cost;
  throw new MappingError(mapping.name, [
    `${describeUpdate(cost)}. A run that writes all scores is refused; nothing was changed. Drop index ` +
      `${cost.indexes.join(', ')}, write only scores that cross a threshold (\`write: 0.5,0.2\`), or accept it: ` +
      `collections.${mapping.name}.accept: [${index}]`,
  ]);
}

function writesMost(rule: Rule): boolean {
  return rule.kind === 'decay' && rule.thresholds.length === 0;
}

/** Estimated: an id, two scores and a base, with their index. */
const bytesPerChange = 200;

async function change(table: RowTable, work: PartitionWork, job: ChangingJob, size: number): Promise<number> {
  const rule = job.rule(table.mapping, work.terms);
  const batch = { ...work.ledger, partition: work.partition, rule, after: work.guard.after, size, keep: work.keep };
  const { seen } = await work.guard.commit(async (tx) => {
    const done = await table.changes.apply(tx, batch);
    return { seen: done.seen, after: done.after ?? batch.after, ...counts(done, job) };
  });
  return seen;
}

function changeTogether(table: RowTable, work: TogetherWork, job: ChangingJob): Promise<void> {
  const { runNo, partitions, keep } = work;
  const rule = job.rule(table.mapping, work.terms);
  return work.guard.finish(async (tx) => {
    const done = await table.changes.applyTogether(tx, { runNo, partitions, rule, keep });
    return new Map([...done].map(([no, one]) => [no, counts(one, job)]));
  });
}

function counts({ changed, spared }: Changes, job: ChangingJob): Pick<Step, 'recorded' | 'totals'> {
  return { recorded: changed, totals: { [job.counts.changed]: changed, no_longer_due: spared } };
}

/** Undo of changed values; the total of that name counts rows that have them back. */
export async function writeBack(
  table: RowTable,
  work: RestoreWork,
  { rule, total }: { readonly rule: Rule; readonly total: string },
  size: number,
): Promise<number> {
  const { partition, ledger, undo } = work;
  const request = { ...ledger, partition, limit: size, undoRunNo: undo.runNo, undoRunId: undo.runId, rule };
  const { undone } = await work.guard.commit(async (tx) => {
    const undone = await table.changes.undo(tx, request);
    const { restored, refused } = undone;
    return { undone, refused, totals: { [total]: restored, refused: refused.length } };
  });
  return undone.seen;
}
