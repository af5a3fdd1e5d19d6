/** `npm run soak -- --minutes 60` runs all jobs on all stores under faults, and checks that nothing grows. `--help` lists the options. */
import { parseOptions } from './options.ts';
import { soak } from './soak.ts';

const options = parseOptions(process.argv.slice(2));
if (options !== null) process.exitCode = await soak(options);
