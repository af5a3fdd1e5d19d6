/**
 * `npm run chaos -- --seeds 200` lets runs work while the world around them goes wrong, and compares what they leave
 * with what an undisturbed run leaves. `--help` says the rest.
 */
import { faults } from './faults/index.ts';
import { chaos } from './harness/chaos.ts';
import { type ChaosOptions, parseOptions } from './options.ts';

const options: ChaosOptions | null = parseOptions(process.argv.slice(2), faults);
if (options !== null) process.exitCode = await chaos(options);
