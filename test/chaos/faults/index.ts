import type { Fault } from '../fault.ts';
import { kill } from './kill.ts';

/** Every fault there is; a new one is a file here and a line in this list. */
export const faults: readonly Fault[] = [kill];
