import { getRun, toRunJson } from '../../state/runs/runs.ts';
import { postWebhook } from '../webhook.ts';
import type { SweepDeps } from './deps.ts';

/** Tells the configured webhook that a run waits for a person. */
export async function notifyHeld(deps: SweepDeps, runId: string): Promise<void> {
  if (deps.webhook === null) return;
  const run = await getRun(deps.db, runId);
  const event = { event: 'run.held', run: await toRunJson(deps.db, run), reasons: run.survey?.would_hold ?? [] };
  await postWebhook(deps.webhook, event, `held-${runId}`);
}
