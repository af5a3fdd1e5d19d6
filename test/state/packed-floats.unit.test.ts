import fc from 'fast-check';
import { expect, it } from 'vitest';
import { packFloats, unpackFloats } from '../../src/state/ledger/packed-floats.ts';

it('gives back the very same 32 bits of every float, the sign of zero included', () => {
  fc.assert(
    fc.property(fc.array(fc.float({ noNaN: true })), (floats) => {
      expect(unpackFloats(packFloats(floats))).toEqual(floats);
    }),
  );
});

it('is the same text on every machine', () => {
  expect(packFloats([1, -0.5])).toBe('AACAPwAAAL8=');
});
