import type { Attribute, ProfileChange } from './attribute.ts';
import { passingReason } from './passing.ts';
import { normalisedValue, snakeCase } from './text.ts';

/**
 * The changes that rules alone find in a profile: the same value twice under one key, an earlier value of a key that has one value at a
 * time, passing states and greetings. The line that stays is never rewritten.
 */
export function changesByRules(lines: readonly Attribute[]): ProfileChange[] {
  const changes: ProfileChange[] = [];
  const dropped = new Set<number>();
  const drop = (line: number, reason: ProfileChange['reason'], by: number | null) => {
    dropped.add(line);
    changes.push({ decidedBy: 'rules', lines: [line], reason, by, added: null });
  };
  for (const [at, line] of lines.entries()) {
    const reason = passingReason(line);
    if (reason !== null) drop(at + 1, reason, null);
  }
  const numbered = lines.map((line, at) => ({ ...line, line: at + 1 })).filter(({ line }) => !dropped.has(line));
  for (const sameKey of groups(numbered, ({ category, key }) => JSON.stringify([category, snakeCase(key)]))) {
    for (const sameValue of groups(sameKey, ({ value }) => normalisedValue(value))) {
      const [kept, ...others] = sameValue.toSorted(laterFirst);
      for (const one of others) drop(one.line, 'duplicate', kept?.line ?? null);
    }
    const values = sameKey.filter(({ line }) => !dropped.has(line)).toSorted(laterFirst);
    const [latest, ...earlier] = values;
    if (latest === undefined || !isOneAtATime(values)) continue;
    for (const one of earlier) drop(one.line, 'superseded', latest.line);
  }
  return changes.toSorted((a, b) => (a.lines[0] ?? 0) - (b.lines[0] ?? 0));
}

/** Keys that collect values: a later value stands beside the earlier ones. */
const collecting = new Set(
  `like dislike love hate enjoy want need interest hobby skill language allergy food drink book movie film song band artist game
   sport pet child kid friend sibling goal plan topic note fact memory tag project tool habit event preference
   subject medication condition diet restriction avoid trait value misc other`.split(/\s+/),
);

/** A key that begins so has one value at a time, whatever follows. */
const single = new Set(['favorite', 'favourite', 'preferred', 'current', 'primary', 'main', 'home', 'native']);

/**
 * Whether a key has one value at a time. A key that collects values does not, nor does one whose values were written at
 * the same time: there the application itself wrote several. Without times nothing tells which value is the later one.
 */
function isOneAtATime(values: readonly Attribute[]): boolean {
  const [first] = values;
  if (first === undefined) return false;
  const words = snakeCase(first.key).split('_');
  if (!single.has(words[0] ?? '') && words.some(isCollecting)) return false;
  const times = values.map(({ updatedAt }) => updatedAt?.getTime() ?? null);
  const minutes = times.map((time) => (time === null ? null : Math.floor(time / 60_000)));
  return !times.includes(null) && new Set(minutes).size === minutes.length;
}

function isCollecting(word: string): boolean {
  return collecting.has(word) || collecting.has(word.replace(/s$/, '')) || collecting.has(word.replace(/ies$/, 'y'));
}

function groups<T>(all: readonly T[], keyOf: (one: T) => string): T[][] {
  return [...Map.groupBy(all, keyOf).values()];
}

function laterFirst(a: Attribute, b: Attribute): number {
  const time = ({ updatedAt }: Attribute) => updatedAt?.getTime() ?? Number.NEGATIVE_INFINITY;
  return time(a) === time(b) ? (a.id < b.id ? -1 : 1) : time(b) - time(a);
}
