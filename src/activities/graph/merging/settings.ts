import type { Parameters } from '../../../jobs/job.ts';

export function settingsOf(parameters: Parameters) {
  const names = String(parameters.protected_types ?? '').split(',');
  return {
    maxErrorRate: Number(parameters.max_error_rate),
    maxEntities: Number(parameters.max_entities),
    protectedTypes: new Set(names.map((one) => one.trim()).filter((one) => one !== '')),
    limits: { maxEdges: Number(parameters.max_edges), maxBytes: Number(parameters.max_bytes) },
  };
}

export type MergeSettings = ReturnType<typeof settingsOf>;
