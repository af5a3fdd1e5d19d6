import { CancellationScope, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { Plan, RunContext } from '../activities/sweep/types.ts';
import { Breaker } from './breaker.ts';
import { drainPack } from './drain-pack.ts';
import { control } from './policies.ts';
import { Window } from './window.ts';

/**
 * Packs in a window, page by page. Returns `null` when every partition is dealt with, or the number to continue after
 * when Temporal suggests a new history; no activity is open then.
 */
export async function drainAll(run: RunContext, plan: Plan, after: number): Promise<number | null> {
  // A failure that ends the run stops the other packs too, and waits for them: nothing writes after the run has ended.
  const scope = new CancellationScope({ cancellable: true });
  const window = new Window(run.concurrency);
  try {
    return await scope.run(() => drainPages(run, plan, after, window));
  } catch (error) {
    scope.cancel();
    await CancellationScope.nonCancellable(() => window.ended());
    throw error;
  }
}

async function drainPages(run: RunContext, plan: Plan, after: number, window: Window): Promise<number | null> {
  const breaker = new Breaker(run, plan);
  let [reached, finished] = [after, 0];
  for (;;) {
    const page = await control(run).nextPacks(run, reached);
    for (const pack of page.packs) {
      if (workflowInfo().continueAsNewSuggested) {
        await window.settled();
        return reached;
      }
      await window.add(async () => {
        await drainPack({ run, plan, breaker }, pack);
        finished += pack.partitions;
        setCurrentDetails(`${finished} of ${plan.partitions} partitions done in this history; ${plan.due} rows in all`);
      });
      reached = pack.to;
    }
    if (page.next === null) break;
  }
  await window.settled();
  return null;
}
