import { getRun, toRunJson } from '../../state/runs/runs.ts';
import { heldNotice } from '../webhook/notice.ts';
import { postNotice } from '../webhook/post.ts';
import type { SweepDeps } from './deps.ts';

/** Tells the configured webhook that a run waits for a person. */
export async function notifyHeld(deps: SweepDeps, runId: string): Promise<void> {
  if (deps.webhook === null) return;
  const run = await getRun(deps.db, runId);
  await postNotice(deps.webhook, heldNotice(await toRunJson(deps.db, run), run.survey?.would_hold ?? []));
}
