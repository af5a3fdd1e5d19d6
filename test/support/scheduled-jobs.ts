import { loadConfig } from '../../src/config/load.ts';
import { hasWork } from '../../src/schedule-options.ts';

/** Jobs that have a schedule where the collection and the graph of the default schema are configured. */
export const scheduledJobs = loadConfig({})
  .jobs.filter(hasWork)
  .map(({ job }) => job);
