import type { Tx } from '../../database/schema.ts';
import type { OutsideGuard } from '../sweep/outside-work.ts';
import type { PartitionWork, Step, TogetherWork } from '../sweep/sweepable.ts';

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

/** The fence of one group among several that share their commits. */
export function guardOfOne({ guard }: TogetherWork, no: number): OutsideGuard {
  return {
    check: () => guard.check(),
    commit: async <T extends Step>(step: (tx: Tx) => Promise<T>) => {
      const { promise, resolve } = Promise.withResolvers<T>();
      await guard.commit(async (tx) => {
        const done = await step(tx);
        resolve(done);
        return new Map([[no, done]]);
      });
      return promise;
    },
  };
}
