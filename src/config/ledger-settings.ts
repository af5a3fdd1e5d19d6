import { isArchive, isSweep } from '../jobs/facts.ts';
import type { Job } from '../jobs/job.ts';
import type { JobSettings } from './config.ts';
import type { JobFileSettings } from './file-schema.ts';

const gibibyte = 1024 ** 3;

/** Longer than any retention. */
const archiveDays = 36_500;

/** How long a job's ledger is kept. The ledger of a job that archives is its archive. */
export function ledgerOf(
  job: Job,
  { ledger: own }: JobFileSettings,
  usualDays: number,
  problems: string[],
): JobSettings['ledger'] {
  const maxBytes = own?.max_bytes ?? 20 * gibibyte;
  if (!isArchive(job)) {
    const enabled = (own?.enabled ?? true) && (!isSweep(job) || job.undo);
    return { enabled, retentionDays: own?.retention_days ?? usualDays, maxBytes };
  }
  if (own?.enabled !== undefined || own?.retention_days !== undefined) {
    problems.push(`jobs.${job.id}.ledger: what is archived is always kept; only max_bytes can be set`);
  }
  return { enabled: true, retentionDays: archiveDays, maxBytes };
}
