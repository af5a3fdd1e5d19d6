import { describe, expect, it } from 'vitest';
import { type FactValidity, suspectInvalidations } from '../../../src/domain/facts/invalidations.ts';

const stamp = (text: string | null) => (text === null ? null : { text, at: new Date(text) });

type Dates = Partial<Record<'created' | 'valid' | 'invalid' | 'expired', string | null>>;

/** `Ada LIVES_IN Berlin`, with dates in the form of the store. */
function fact(id: string, statement: string, dates: Dates): FactValidity {
  const [source = '', name = '', target = ''] = statement.split(' ');
  const { created = null, valid = null, invalid = null, expired = null } = dates;
  return {
    ...{ id, source, name, target, created: stamp(created), valid: stamp(valid) },
    ...{ invalid: stamp(invalid), expired: stamp(expired) },
  };
}

const many = Array.from({ length: 12 }, (_, at) => at);
const day = (at: number) => `2026-01-${String(at + 1).padStart(2, '0')}T08:00:00.000000Z`;
const instant = '2026-03-01T10:00:00.123456Z';
const later = '2026-03-01T10:00:00.223456Z';

/** Twelve facts of different persons, written on different days and retired at one instant. */
const damaged = many.map((at) =>
  fact(`f${at}`, `P${at} LIVES_IN C${at}`, { created: day(at), valid: day(at), invalid: instant, expired: later }),
);

const found = (facts: readonly FactValidity[]) =>
  suspectInvalidations(facts).map(({ fact: { id }, sign, together, replacement }) => [id, sign, together, replacement]);

describe('suspectInvalidations', () => {
  it('finds facts that share an instant of retirement, and names the fact that holds since then', () => {
    const cause = fact('cause', 'Zoe VISITS Rome', { created: instant, valid: instant });
    expect(found([...damaged, cause])).toEqual(many.map((at) => [`f${at}`, 'mass_stamp', 12, 'cause']));
    expect(found(damaged)).toEqual(many.map((at) => [`f${at}`, 'mass_stamp', 12, null]));
  });

  it('finds none below the least number of facts that share an instant', () => {
    expect(found(damaged.slice(0, 9))).toEqual([]);
    expect(found(damaged.slice(0, 10))).toHaveLength(10);
  });

  it('leaves facts alone that a newer fact between the same entities replaced, in either direction', () => {
    const newer = fact('newer', 'C3 HOME_OF P3', { created: instant, valid: day(20) });
    expect(found([...damaged, newer]).map(([id]) => id)).not.toContain('f3');
    const older = fact('older', 'P4 LIVES_IN C4', { created: day(0), valid: '2025-01-01T00:00:00Z' });
    expect(found([...damaged, older]).map(([id]) => id)).toContain('f4');
  });

  it('does not take a fact that was retired at the same instant for a replacement', () => {
    const alike = fact('alike', 'P5 WORKS_IN C5', {
      created: day(20),
      valid: day(20),
      invalid: instant,
      expired: later,
    });
    const ids = found([...damaged, alike]).map(([id]) => id);
    expect(ids).toContain('f5');
    expect(ids).toContain('alike');
  });

  it('leaves facts alone that a fact of the same subject and relation replaced at that instant', () => {
    const moved = fact('moved', 'P6 LIVES_IN Rome', { created: instant, valid: instant });
    expect(found([...damaged, moved]).map(([id]) => id)).not.toContain('f6');
  });

  it('leaves history alone that was loaded in bulk, whatever dates it has in common', () => {
    const loaded = (dates: Dates) => many.map((at) => fact(`h${at}`, `P${at} LIVES_IN C${at}`, dates));
    const load = '2026-02-01T12:00:00.654321Z';
    expect(found(loaded({ created: load, invalid: '2024-05-01T10:20:30.5Z', expired: load }))).toEqual([]);
    expect(found(loaded({ created: load, valid: day(0), invalid: load, expired: load }))).toEqual([]);
    expect(found(loaded({ created: load, invalid: '2024-05-01T10:20:30.5Z' }))).toEqual([]);
    // The load wrote its own time after it had begun.
    expect(found(loaded({ created: load, invalid: load, expired: '2026-02-01T12:20:00.123456Z' }))).toEqual([]);
  });

  it('finds facts of one load that were retired together weeks later', () => {
    const loaded = many.map((at) =>
      fact(`h${at}`, `P${at} LIVES_IN C${at}`, { created: day(0), invalid: instant, expired: instant }),
    );
    expect(found(loaded)).toHaveLength(12);
  });

  it('takes no date without a time for an instant, and no date of the store for the end of facts that have their own', () => {
    const yearly = many.map((at) =>
      fact(`y${at}`, `P${at} WORKS_AT C${at}`, { created: day(at), invalid: '2026-12-31T00:00:00Z', expired: null }),
    );
    expect(found(yearly)).toEqual([]);
    const told = many.map((at) =>
      fact(`t${at}`, `P${at} WORKS_AT C${at}`, { created: day(at), invalid: day(at + 13), expired: instant }),
    );
    expect(found(told)).toEqual([]);
    const only = many.map((at) => fact(`o${at}`, `P${at} WORKS_AT C${at}`, { created: day(at), expired: instant }));
    expect(found(only)).toHaveLength(12);
  });

  it('finds a replacement of another subject, or of another relation, where nothing newer joins the two', () => {
    const ada = fact('ada', 'Ada LIVES_IN Berlin', {
      created: day(0),
      valid: day(0),
      invalid: instant,
      expired: later,
    });
    const cause = (statement: string) => fact('cause', statement, { created: instant, valid: instant });
    expect(found([ada, cause('Zoe LIVES_IN Rome')])).toEqual([['ada', 'other_subject', 1, 'cause']]);
    expect(found([ada, cause('Ada LIKES Tea')])).toEqual([['ada', 'other_relation', 1, 'cause']]);
    expect(found([ada, cause('Ada LIVES_IN Rome')])).toEqual([]);
    expect(found([ada, cause('Ada LEFT Berlin')])).toEqual([]);
    expect(found([ada, cause('Zoe LIVES_IN Rome'), cause('Ada LIVES_IN Rome')])).toEqual([]);
    expect(found([ada])).toEqual([]);
  });

  it('does not take a fact for the cause that only begins on the day on which another one ended', () => {
    const midnight = '2026-03-01T00:00:00Z';
    const cause = (created: string) => fact('cause', 'Zoe LIVES_IN Rome', { created, valid: midnight });
    const ada = fact('ada', 'Ada LIVES_IN Berlin', {
      created: day(0),
      valid: day(0),
      invalid: midnight,
      expired: later,
    });
    expect(found([ada, cause(day(9))])).toEqual([]);
    expect(found([ada, cause(instant)])).toEqual([['ada', 'other_subject', 1, 'cause']]);
    const asserted = fact('ended', 'Ada LIVES_IN Berlin', {
      ...{ created: '2026-03-01T10:00:00.200000Z', valid: day(0), invalid: midnight, expired: later },
    });
    expect(found([asserted, cause(instant)])).toEqual([]);
  });
});
