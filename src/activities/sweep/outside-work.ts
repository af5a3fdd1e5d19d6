import type { Tx } from '../../database/schema.ts';
import type { Guard, Step } from './sweepable.ts';

/**
 * Work on a store that no transaction of the database covers. It is the same for every such store:
 *
 *   read whole → T1 `record`: intents that name all that follows needs, and the checkpoint
 *              → fence checked → `act` on the other store → T2 `settle`: the outcome is written down
 *              → where something has to be given back: fence checked → `write` on the other store → T3 `forget`
 *
 * A crash anywhere leaves intents, which the next activity on the partition finishes first. It repeats `act` and `write`,
 * so both are idempotent.
 */
export interface OutsideWork<Intent, Outcome> {
  act(intents: readonly Intent[]): Promise<Outcome>;
  settle(tx: Tx, intents: readonly Intent[], outcome: Outcome): Promise<Settled>;
}

export interface Settled extends Step {
  readonly giveBack?: GiveBack | null;
}

/** The end of work that does not end with `settle`. */
export interface GiveBack {
  write(): Promise<void>;
  /** Absent where `settle` has left nothing to forget. */
  forget?(tx: Tx): Promise<Step>;
}

export interface Recorded<Intent> extends Step {
  readonly intents: readonly Intent[];
}

/** The fence of one partition, whether it is worked on alone or with others. */
export type OutsideGuard = Pick<Guard, 'check' | 'commit'>;

/** From T1 to the end. */
export async function recordAndAct<Intent, Outcome>(
  guard: OutsideGuard,
  work: OutsideWork<Intent, Outcome>,
  record: (tx: Tx) => Promise<Recorded<Intent>>,
): Promise<void> {
  const { intents } = await guard.commit(record);
  await actAndSettle(guard, work, intents);
}

/** From there to the end, of intents that are recorded. */
export async function actAndSettle<Intent, Outcome>(
  guard: OutsideGuard,
  work: OutsideWork<Intent, Outcome>,
  intents: readonly Intent[],
): Promise<void> {
  if (intents.length === 0) return;
  await guard.check();
  const outcome = await work.act(intents);
  const { giveBack = null } = await guard.commit((tx) => work.settle(tx, intents, outcome));
  if (giveBack !== null) await giveBackAndForget(guard, giveBack);
}

export async function giveBackAndForget(guard: OutsideGuard, { write, forget }: GiveBack): Promise<void> {
  await guard.check();
  await write();
  if (forget !== undefined) await guard.commit(forget);
}

/** Finishes what predecessors have recorded, a batch at a time, until none is left. */
export async function finishEach<Intent>(
  pending: () => Promise<readonly Intent[]>,
  finish: (intents: readonly Intent[]) => Promise<void>,
): Promise<void> {
  for (;;) {
    const intents = await pending();
    if (intents.length === 0) return;
    await finish(intents);
  }
}
