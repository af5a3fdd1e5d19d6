import { faults } from './faults/index.ts';
import { playFaults } from './play.ts';

playFaults(
  'postgres',
  faults.filter((one) => one.stores?.includes('postgres') ?? true),
  1,
);
