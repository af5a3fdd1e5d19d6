import type { Parameters } from '../../../jobs/job.ts';

export function settingsOf(parameters: Parameters) {
  const names = String(parameters.protected_types ?? '').split(',');
  const compared = String(parameters.compare ?? 'all')
    .split(',')
    .map((one) => one.trim());
  const compares = (what: string) => compared.includes('all') || compared.includes(what);
  return {
    entities: compares('entities'),
    facts: compares('facts'),
    floors: { merge: numberOrNull(parameters.merge_threshold), judge: numberOrNull(parameters.judge_threshold) },
    maxErrorRate: Number(parameters.max_error_rate),
    maxEntities: Number(parameters.max_entities),
    protectedTypes: new Set(names.map((one) => one.trim()).filter((one) => one !== '')),
    limits: { maxEdges: Number(parameters.max_edges), maxBytes: Number(parameters.max_bytes) },
  };
}

/** Runs of an earlier release have no such parameter. */
function numberOrNull(value: Parameters[string] | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

export type MergeSettings = ReturnType<typeof settingsOf>;
