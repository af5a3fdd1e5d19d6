import { type BrakeWords, changeWords, removalWords } from '../domain/brake.ts';
import type { Job, SweepJob } from './job.ts';

/** Facts that follow from a job's catalogue entry. */

export function isSweep(job: Job): job is SweepJob {
  return job.target !== 'none';
}

/** Whether items leave the stores, or give way to others. */
export function removesData(job: Job): boolean {
  return isSweep(job) && (job.effect === 'removes' || job.effect === 'replaces');
}

/** Whether what a survey finds due would leave the stores. */
export function removesRows(job: Job): boolean {
  return isSweep(job) && job.effect === 'removes';
}

/** Whether schedules on an application's own tables start paused, until a person has looked at a preview. */
export function altersData(job: Job): boolean {
  return isSweep(job) && job.effect !== 'computes' && job.effect !== 'adds';
}

/** Whether the ledger keeps what a run did, so that it can be undone. */
export function canUndo(job: Job): boolean {
  return isSweep(job) && job.undo;
}

/** Whether what a run removes is kept until somebody forgets it, whatever retention says. */
export function isArchive(job: Job): boolean {
  return isSweep(job) && job.archives === true;
}

/** How the brake names what a run would do. */
export function brakeWords(job: Job): BrakeWords {
  return isSweep(job) && job.effect === 'changes' ? changeWords : removalWords;
}

/** The verb of a survey for the items that are due: `would go`. */
export function surveyVerb(job: SweepJob): string {
  return {
    removes: 'would go',
    changes: 'would change',
    adds: 'would be added',
    replaces: 'due',
    computes: 'due',
  }[job.effect];
}
