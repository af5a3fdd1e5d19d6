import { isSweep } from '../../jobs/facts.ts';
import type { Job } from '../../jobs/job.ts';
import { InvalidInputError } from './errors.ts';

/** The part of a run's input that says what the run is for. */
export interface Purpose {
  /** Key of the one partition that the run is for. */
  readonly partition?: string | null;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/**
 * Key of the one partition that a run is for; `null`: all of them. People, and versions that did not know the field, name it
 * by a parameter that is called like the job's partitions. Throws for a job that has no such parameter: it would work on all
 * partitions under the lease of one.
 */
export function onlyPartition(job: Job, { partition, parameters }: Purpose): string | null {
  const word = isSweep(job) ? job.partition : null;
  const named = word === null ? null : parameters[word];
  const key = partition ?? (typeof named === 'string' ? named : null);
  if (key === null) return null;
  if (word !== null && job.parameters[word] !== undefined) return key;
  throw new InvalidInputError([`partition: ${job.id} works on all partitions; start it without`]);
}
