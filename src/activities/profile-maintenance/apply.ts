import type { Tx } from '../../database/schema.ts';
import { profileOf } from '../../domain/profiles/proposal.ts';
import { addTotals, type Totals } from '../../domain/run.ts';
import { type EntityResult, entityTotals, noteEntities } from '../../state/proposals/entity-results.ts';
import {
  type ApplicableProposal,
  lockProposals,
  markProposals,
  type QuestionKey,
  storeSettled,
} from '../../state/proposals/proposals.ts';
import type { AttributeTable } from '../../stores/ports/attribute-table.ts';
import type { PartitionWork, Step, SweepTerms, TogetherWork } from '../sweep/sweepable.ts';
import { settingsOf } from './settings.ts';

/** Applies the proposals about one entity in one transaction: lines, ledger and the states of proposals commit together. */
export async function applyAlone(collection: string, attributes: AttributeTable, work: PartitionWork): Promise<number> {
  const { runNo, partNo } = work.ledger;
  await work.guard.commit(async (tx) => {
    const entities = [{ no: partNo, partition: work.partition }];
    const steps = await applyTo(tx, { collection, attributes, runNo, keep: work.keep, terms: work.terms }, entities);
    return { ...steps.get(partNo), seen: 0 };
  });
  return 0;
}

/** The same for several entities at once. */
export function applyTogether(collection: string, attributes: AttributeTable, work: TogetherWork): Promise<void> {
  const { runNo, keep, terms, partitions } = work;
  return work.guard.finish((tx) => applyTo(tx, { collection, attributes, runNo, keep, terms }, partitions));
}

interface Applying {
  readonly collection: string;
  readonly attributes: AttributeTable;
  readonly runNo: number;
  readonly keep: boolean;
  readonly terms: SweepTerms;
}

type Applied = Required<Pick<Step, 'removed' | 'recorded' | 'totals'>>;

const nothing: Applied = { removed: 0, recorded: 0, totals: {} };
const changedSince = 'the profile was changed since it was looked at; the next run looks again';

/** However many entities there are, it is the same few statements. */
async function applyTo(
  tx: Tx,
  { collection, attributes, runNo, keep, terms }: Applying,
  entities: readonly { readonly no: number; readonly partition: string }[],
): Promise<ReadonlyMap<number, Applied>> {
  const steps = new Map(entities.map(({ no }) => [no, nothing]));
  const count = (no: number, { removed, recorded, totals }: Applied) => {
    const before = steps.get(no) ?? nothing;
    const sums = { removed: before.removed + removed, recorded: before.recorded + recorded };
    steps.set(no, { ...sums, totals: addTotals(before.totals, totals) });
  };
  const items = await attributes.items(tx, runNo, [...steps.keys()]);
  const partOf = new Map(items.map(({ id, partNo }) => [id, partNo]));
  const proposals = await lockProposals(tx, [...partOf.keys()], settingsOf(terms.parameters).states);
  const open = new Set(proposals.map(({ id }) => id));
  for (const { id, partNo } of items) if (!open.has(id)) count(partNo, { ...nothing, totals: { no_longer_due: 1 } });
  const requests = proposals.map(({ id, partition, subject, content }) => ({
    ...{ partNo: partOf.get(id) ?? 0, profile: { entity: partition, ...profileOf(subject) }, data: content.data },
    ...{ shown: content.lines.map((line) => line.id), removed: content.removed, added: content.added },
  }));
  const replaced = requests.length === 0 ? [] : await attributes.replace(tx, { runNo, keep }, requests);
  const [applied, outdated]: [string[], string[]] = [[], []];
  const [settled, notes]: [QuestionKey[], EntityResult[]] = [[], []];
  for (const [at, proposal] of proposals.entries()) {
    const done = replaced[at] ?? null;
    const { id, partition, subject, content } = proposal;
    const before = content.lines.length;
    const note = { collection, partition, subject, before };
    if (done === null) {
      outdated.push(id);
      notes.push({ ...note, after: before, categories: [], error: changedSince });
      count(partOf.get(id) ?? 0, { ...nothing, totals: { no_longer_due: 1 } });
      continue;
    }
    applied.push(id);
    settled.push(settledQuestion(proposal, done.data));
    notes.push({ ...note, after: before - done.removed + done.added, categories: content.categories, error: null });
    const totals: Totals = { removed_attributes: done.removed, added_attributes: done.added, maintained_profiles: 1 };
    count(partOf.get(id) ?? 0, { removed: done.removed, recorded: done.removed + done.added, totals });
  }
  await markProposals(tx, applied, 'applied', runNo);
  await markProposals(tx, outdated, 'outdated', runNo);
  await storeSettled(tx, settled, runNo);
  await noteEntities(tx, runNo, notes);
  const sums = await entityTotals(
    tx,
    runNo,
    collection,
    entities.map((one) => one.partition),
  );
  for (const { no, partition } of entities) count(no, { ...nothing, totals: sums.get(partition) ?? {} });
  return steps;
}

/** The question about the profile as it is now, under the same rules and limits. */
function settledQuestion({ question, ...proposal }: ApplicableProposal, data: string): QuestionKey {
  const { job, collection, partition, subject } = proposal;
  const [, terms = ''] = question.split(':');
  return { job, collection, partition, subject, question: `${data}:${terms}` };
}
