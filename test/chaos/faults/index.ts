import type { Fault } from '../fault.ts';
import { backends } from './backends.ts';
import { clock } from './clock.ts';
import { deadlock } from './deadlock.ts';
import { diskFull } from './disk-full.ts';
import { freeze } from './freeze.ts';
import { halfOpenPostgres, halfOpenWeaviate } from './half-open.ts';
import { kill } from './kill.ts';
import { otherDatabase } from './other-database.ts';
import { otherMapping } from './other-mapping.ts';
import { activityReset, workflowReset } from './reset.ts';
import { postgresRestart, temporalRestart, weaviateRestart } from './restarts.ts';
import { sigterm } from './sigterm.ts';
import { terminate } from './terminate.ts';
import { versions } from './versions.ts';

/** Every fault there is; a new one is a file here and a line in this list. */
export const faults: readonly Fault[] = [
  kill,
  sigterm,
  freeze,
  terminate,
  activityReset,
  workflowReset,
  temporalRestart,
  backends,
  postgresRestart,
  weaviateRestart,
  halfOpenPostgres,
  halfOpenWeaviate,
  deadlock,
  diskFull,
  clock,
  versions,
  otherDatabase,
  otherMapping,
];
