import { closeEndedRuns } from './close-ended.ts';
import type { Context } from './context.ts';
import { Fresh } from './fresh.ts';
import type { GroupJson } from './groups.ts';
import { type Check, checks } from './health.ts';
import { readSchedules, type ScheduleJson } from './schedules.ts';
import { newGroups } from './stale-groups.ts';
import { type JobStatsJson, readJobStats } from './stats.ts';

/** What a server that many ask finds out once for all of them. */
export interface SharedLooks {
  readonly checks: Fresh<readonly Check[]>;
  /** Of all partitions. Only those who ask at the same time share it: a run that has ended is counted at once. */
  readonly stats: Fresh<readonly JobStatsJson[]>;
  readonly schedules: Fresh<readonly ScheduleJson[]>;
  /** By graph: a pass over all of it, which takes a while. */
  readonly newGroups: ReadonlyMap<string, Fresh<readonly GroupJson[]>>;
  /** Closes runs whose workflow has ended. The server does so regularly; a list of runs does not wait for it. */
  readonly closing: Fresh<void>;
}

const freshMs = 1_000;
const passFreshMs = 30_000;

export function createSharedLooks(context: Context): SharedLooks {
  return {
    checks: new Fresh(freshMs, () => checks(context)),
    stats: new Fresh(0, () => readJobStats(context)),
    schedules: new Fresh(freshMs, () => readSchedules(context)),
    newGroups: new Map(
      context.parts.graphs.map((store) => [
        store.mapping.name,
        new Fresh(passFreshMs, () => newGroups(context.parts.db, store)),
      ]),
    ),
    closing: new Fresh(freshMs, () => closeEndedRuns(context)),
  };
}
