import { sleep } from '@temporalio/workflow';

/** A change that running workflows cannot replay: a timer where the recorded histories begin with an activity. */
export async function ttlCleanup(): Promise<void> {
  await sleep('1 hour');
}
