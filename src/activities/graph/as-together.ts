import type { PartitionWork, TogetherWork } from '../sweep/sweepable.ts';

/** Presents work on one group as work on groups that share their commits. */
export function asTogether(work: PartitionWork): TogetherWork {
  const { db, partition, terms, keep, guard, signal } = work;
  const { runNo, partNo: no } = work.ledger;
  return {
    ...{ db, runNo, terms, keep, signal },
    partitions: [{ no, partition, epoch: guard.epoch, after: guard.after }],
    guard: {
      check: () => guard.check(),
      commit: async (step) => {
        await guard.commit(async (tx) => (await step(tx)).get(no) ?? {});
      },
      // Fewer items than any batch has: the partition ends with this commit.
      finish: async (step) => {
        await guard.commit(async (tx) => ({ seen: 0, ...(await step(tx)).get(no) }));
      },
    },
  };
}
