import type { UpkeepStage } from '../../domain/upkeep.ts';
import type { RunContext } from '../sweep/types.ts';
import type { TaskDeps } from '../task-deps.ts';

export interface TidyInput {
  readonly run: RunContext;
  readonly stage: UpkeepStage;
  /** Where the slice before ended. */
  readonly after: string | null;
}

export interface Slice {
  readonly remaining: boolean;
  readonly after: string | null;
}

export interface StageWork {
  readonly deps: TaskDeps;
  readonly run: RunContext;
  readonly after: string | null;
}

/** A stage yields where it stands after each batch. */
export type Stage = (work: StageWork) => AsyncGenerator<string | null>;
