import { conduct, enter } from './conduct.ts';
import type { JobResult, UndoInput } from './input.ts';
import { control } from './policies.ts';
import { drainToEnd, skipped } from './sweep.ts';

/** Puts back what a run removed: the same packs, drained in the other direction. */
export async function undo(input: UndoInput): Promise<JobResult> {
  if (input.continued !== undefined) {
    const { run, plan, after } = input.continued;
    return conduct(run, () => drainToEnd(run, plan, after, input));
  }
  const begun = await enter({
    job: input.job ?? null,
    kind: 'undo',
    installation: input.installation ?? null,
    parameters: {},
    requestedBy: input.requested_by ?? null,
    undoes: input.run_id,
  });
  if (!begun.begun) return skipped(input.job ?? 'undo', begun);
  const { run } = begun;
  return conduct(run, async () => drainToEnd(run, await control(run).planUndo(run, input.run_id), 0, input));
}
