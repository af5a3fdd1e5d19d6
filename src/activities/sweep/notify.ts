import { getRun, toRunJson } from '../../state/runs.ts';
import type { SweepDeps } from './deps.ts';

const timeoutMs = 10_000;

/** Tells the configured webhook that a run waits for a person. */
export async function notifyHeld(deps: SweepDeps, runId: string): Promise<void> {
  if (deps.webhookUrl === null) return;
  const run = await getRun(deps.db, runId);
  const body = JSON.stringify({
    event: 'run.held',
    run: await toRunJson(deps.db, run),
    reasons: run.survey?.would_hold ?? [],
  });
  const response = await fetch(deps.webhookUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the webhook answered ${response.status}`);
}
