import { freeze } from './faults/freeze.ts';
import { halfOpenWeaviate } from './faults/half-open.ts';
import { kill } from './faults/kill.ts';
import { workflowReset } from './faults/reset.ts';
import { postgresRestart, weaviateRestart } from './faults/restarts.ts';
import { terminate } from './faults/terminate.ts';
import { playFaults } from './play.ts';

/** Those that two stores can meet otherwise than one. */
playFaults('weaviate', [kill, freeze, terminate, workflowReset, postgresRestart, weaviateRestart, halfOpenWeaviate], 1);
