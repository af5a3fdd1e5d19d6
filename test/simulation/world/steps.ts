import type { Attempt, Ending } from '../server/activity-run.ts';
import type { Dice } from './dice.ts';
import { failed } from './endings.ts';

export interface StepRates {
  /** Share of the attempts that fail and are tried again. */
  readonly passing: number;
  /** Share of the attempts that fail for good. */
  readonly fatal: number;
}

/** A step that may fail for a while, or for good, or be done although its worker is not heard of again. */
export function step(dice: Dice, { passing, fatal }: StepRates, act: () => Ending, onFatal: () => void): Attempt {
  const fate = dice.random();
  const end = (): Ending => {
    if (fate < fatal) {
      onFatal();
      return failed('MappingError', true);
    }
    const rest = (fate - fatal) / (1 - fatal);
    if (rest < passing * 0.4) return failed('ConnectionError', false);
    if (rest < passing * 0.7) return { kind: 'lost' };
    const ending = act();
    return rest < passing ? { kind: 'lost' } : ending;
  };
  return { afterMs: dice.between(2, 500), end };
}
