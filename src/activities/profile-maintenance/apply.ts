import type { Tx } from '../../database/schema.ts';
import { profileOf } from '../../domain/profiles/proposal.ts';
import { addTotals, type Totals } from '../../domain/run.ts';
import { entityTotals, noteEntity } from '../../state/proposals/entity-results.ts';
import { type ApplicableProposal, lockProposal, markProposal, storeSettled } from '../../state/proposals/proposals.ts';
import type { AttributeTable } from '../../stores/ports/attribute-table.ts';
import type { PartitionWork, Step } from '../sweep/sweepable.ts';
import { settingsOf } from './settings.ts';

/**
 * Applies the proposals about one entity, each in a transaction of its own: lines, ledger and the state of the proposal
 * commit together. The last commit adds up what became of the entity's profiles.
 */
export async function applyBatch(
  collection: string,
  attributes: AttributeTable,
  work: PartitionWork,
  size: number,
): Promise<number> {
  const items = await attributes.items(work.db, work.ledger, work.guard.after, size);
  for (const { id, place } of items) {
    await work.guard.commit(async (tx) => ({
      after: place,
      ...(await applyOne(tx, collection, attributes, work, id)),
    }));
  }
  if (items.length === size) return items.length;
  await work.guard.commit(async (tx) => ({
    seen: items.length,
    totals: await entityTotals(tx, work.ledger.runNo, collection, work.partition),
  }));
  return items.length;
}

async function applyOne(
  tx: Tx,
  collection: string,
  attributes: AttributeTable,
  work: PartitionWork,
  id: string,
): Promise<Pick<Step, 'removed' | 'recorded' | 'totals'>> {
  const { runNo } = work.ledger;
  const proposal = await lockProposal(tx, id, settingsOf(work.terms.parameters).states);
  if (proposal === null) return { totals: { no_longer_due: 1 } };
  const { content } = proposal;
  const replaced = await attributes.replace(tx, {
    ...work.ledger,
    profile: { entity: work.partition, ...profileOf(proposal.subject) },
    ...{ data: content.data, shown: content.lines.map((line) => line.id) },
    ...{ removed: content.removed, added: content.added, keep: work.keep },
  });
  const before = content.lines.length;
  const note = { collection, partition: work.partition, subject: proposal.subject, before };
  if (replaced === null) {
    await markProposal(tx, id, 'outdated', runNo);
    await noteEntity(tx, runNo, { ...note, after: before, categories: [], error: changedSince });
    return { totals: { no_longer_due: 1 } };
  }
  await markProposal(tx, id, 'applied', runNo);
  await storeSettled(tx, settledQuestion(proposal, replaced.data), runNo);
  const after = before - replaced.removed + replaced.added;
  await noteEntity(tx, runNo, { ...note, after, categories: content.categories, error: null });
  const totals: Totals = { removed_attributes: replaced.removed, added_attributes: replaced.added };
  return {
    removed: replaced.removed,
    recorded: replaced.removed + replaced.added,
    totals: addTotals(totals, { maintained_profiles: 1 }),
  };
}

const changedSince = 'the profile was changed since it was looked at; the next run looks again';

/** The question about the profile as it is now, under the same rules and limits. */
function settledQuestion(proposal: ApplicableProposal, data: string): ApplicableProposal {
  const [, terms = ''] = proposal.question.split(':');
  return { ...proposal, question: `${data}:${terms}` };
}
