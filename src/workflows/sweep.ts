import { continueAsNew, setCurrentDetails } from '@temporalio/workflow';
import type { BeginInput, BeginResult, Plan, RunContext } from '../activities/sweep/types.ts';
import type { RunKind } from '../domain/run.ts';
import type { RunIdentity } from '../domain/run-identity.ts';
import { conduct, end, enter, identity } from './conduct.ts';
import { drainAll } from './drain-all.ts';
import type { JobInput, JobResult } from './input.ts';
import { notices, surveying } from './policies.ts';

/** The shape that most jobs share: begin, survey, brake, drain in packs, end. A preview ends after the survey. */
export async function sweep(job: string, input: JobInput): Promise<JobResult> {
  const preview = input.preview === true || input.dry_run === true;
  if (input.continued !== undefined) {
    const { run, plan, after } = input.continued;
    return conduct(run, () => drainToEnd(run, plan, after, input));
  }
  const begun = await begin(job, preview ? 'preview' : 'sweep', input);
  if (!begun.begun) return skipped(job, begun);
  const { run } = begun;
  return conduct(run, async () => {
    setCurrentDetails('surveying');
    const survey = await surveying(run).survey({
      run,
      approval: input.approval ?? null,
      deadLetters: input.dead_letters ?? null,
    });
    if (preview) return end(run, 'preview');
    if (survey.excess.length > 0) return hold(run, survey.excess);
    const { cutoff, fingerprints, partitions, due } = survey;
    return drainToEnd(run, { cutoff, fingerprints, partitions, due, undoneRunNo: null }, 0, input);
  });
}

export function begin(job: string, kind: RunKind, input: JobInput): Promise<BeginResult> {
  return enter(runInput(job, kind, input));
}

export function runInput(job: string, kind: RunKind, input: JobInput): Omit<BeginInput, keyof RunIdentity> {
  return {
    job,
    kind,
    installation: input.installation ?? null,
    parameters: input.parameters ?? {},
    partition: input.partition ?? null,
    requestedBy: input.requested_by ?? null,
    undoes: null,
  };
}

export function skipped(job: string, begun: BeginResult & { begun: false }): JobResult {
  const { runId, workflowId } = identity();
  setCurrentDetails(`skipped: ${begun.holder.workflow_id} holds the lease`);
  return {
    run_id: runId,
    workflow_id: workflowId,
    job,
    status: 'skipped',
    totals: {},
    partitions: {},
    holder: begun.holder,
  };
}

/** Above a limit a person decides. The lease goes back at once: the schedule goes on meanwhile. */
async function hold(run: RunContext, excess: readonly string[]): Promise<JobResult> {
  const result = await end(run, 'held', {
    name: 'HeldError',
    message: excess.join('; '),
    hint: `Look with: coppice runs show ${run.runId}. Then: coppice approve ${run.runId}, or coppice reject ${run.runId}.`,
  });
  setCurrentDetails(`held: ${excess.join('; ')}`);
  try {
    await notices.notifyHeld(run.runId);
  } catch {
    // The run is held whether or not the webhook answers; Temporal shows the activity that failed.
  }
  return { ...result, held_because: excess };
}

export async function drainToEnd(
  run: RunContext,
  plan: Plan,
  after: number,
  input: { readonly continued?: unknown },
): Promise<JobResult> {
  const reached = await drainAll(run, plan, after);
  if (reached === null) return end(run, null);
  return continueAsNew({ ...input, continued: { run, plan, after: reached } });
}
