import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../domain/canonical-json.ts';
import {
  type FactValidity,
  type InvalidationSign,
  invalidationSigns,
  type SuspectInvalidation,
  suspectInvalidations,
} from '../../../domain/facts/invalidations.ts';
import { datesOf, type RestoredValidity } from '../../../domain/facts/restored-validity.ts';
import type { SuspectPreview } from '../../../domain/facts/suspect-preview.ts';
import type { DueWork } from '../../../domain/graph-item.ts';
import type { Parameters } from '../../../jobs/job.ts';
import { heldItems } from '../../../state/graphs/graph-holds.ts';
import { graphItemsOf } from '../../../state/graphs/graph-items.ts';
import type { GraphValidity } from '../../../stores/ports/graph-validity.ts';
import type { Found, Search } from '../strategy.ts';
import { validityOf } from './validity-of.ts';

/** Suspects whose texts are read at once. */
const suspectsAtOnce = 500;
const longestText = 1_000;

/** Facts of each group that were retired without reason. */
export async function* findSuspects(search: Search): AsyncGenerator<Found> {
  const { db, store, groups, terms } = search;
  // A run handles the facts that a person approved, and none that were found since.
  if (terms.approvedRunNo != null) {
    const due = await graphItemsOf(db, { runNo: terms.approvedRunNo, graph: store.mapping.name }, groups);
    yield { due: due.map((item) => ({ ...item, reason: 'approved', since: null })), held: [] };
    return;
  }
  const validity = validityOf(store);
  const { signs, maxFacts } = settingsOf(terms.parameters);
  for (const group of groups) {
    const facts = await readFacts(validity, group, maxFacts, search.signal);
    if (facts === null) {
      const note = `a group with more than ${maxFacts} facts was left out: raise max_facts to audit it`;
      yield { due: [], held: [], note };
      continue;
    }
    const suspects = suspectInvalidations(facts).filter(({ sign }) => signs.has(sign));
    for (let at = 0; at < suspects.length; at += suspectsAtOnce) {
      yield await asSurveyed(search, validity, group, suspects.slice(at, at + suspectsAtOnce));
    }
  }
}

function settingsOf({ signs, max_facts: maxFacts }: Parameters) {
  const named = String(signs ?? 'all')
    .split(',')
    .map((one) => one.trim());
  const all: readonly InvalidationSign[] = invalidationSigns;
  return {
    signs: new Set(named.includes('all') ? all : all.filter((sign) => named.includes(sign))),
    maxFacts: Number(maxFacts),
  };
}

/** `null`: the group has more than that. */
async function readFacts(
  validity: GraphValidity,
  group: string,
  maxFacts: number,
  signal: AbortSignal,
): Promise<readonly FactValidity[] | null> {
  const facts: FactValidity[] = [];
  for await (const page of validity.dated(group, signal)) {
    signal.throwIfAborted();
    for (const fact of page) facts.push(fact);
    if (facts.length > maxFacts) return null;
  }
  return facts;
}

/** Suspects with a digest of their text and dates: one of which either is changed after the survey stays as it is. */
async function asSurveyed(
  { db, store, terms, signal }: Search,
  validity: GraphValidity,
  group: string,
  suspects: readonly SuspectInvalidation[],
): Promise<Found> {
  const named = suspects.flatMap(({ fact, replacement }) => [fact.id, ...(replacement === null ? [] : [replacement])]);
  const read = new Map((await validity.fetch(group, [...new Set(named)], signal)).map((one) => [one.id, one]));
  const found = suspects.flatMap((suspect) => {
    const change = read.get(suspect.fact.id);
    return change === undefined ? [] : [{ suspect, change }];
  });
  const dated = found.map(({ change }) => {
    return { group, kind: 'validity' as const, id: change.id, dates: datesOf(change) };
  });
  const held = terms.respectHolds ? await heldItems(db, store.mapping.name, dated) : new Set<number>();
  const work = found.map(({ suspect, change }): DueWork => {
    const since = (suspect.fact.expired ?? suspect.fact.invalid)?.at ?? null;
    const id = JSON.stringify([change.id, validityDigest(change)]);
    return { group, kind: 'validity', id, reason: suspect.sign, since };
  });
  const isFree = (_: unknown, at: number) => !held.has(at);
  return {
    due: work.filter(isFree),
    held: work.filter((_, at) => held.has(at)),
    facts: found.filter(isFree).map(({ suspect }) => previewOf(group, suspect, read)),
  };
}

export function validityDigest({ text, before }: RestoredValidity): string {
  return createHash('sha256')
    .update(canonicalJson([text, before]))
    .digest('hex')
    .slice(0, 16);
}

function previewOf(
  group: string,
  { fact, sign, together, replacement }: SuspectInvalidation,
  read: ReadonlyMap<string, RestoredValidity>,
): SuspectPreview {
  const textOf = (id: string) => String(read.get(id)?.text ?? '').slice(0, longestText);
  return {
    ...{
      group,
      id: fact.id,
      text: textOf(fact.id),
      relation: fact.name,
      source: fact.source,
      target: fact.target,
      sign,
    },
    evidence: {
      valid_from: fact.valid?.text ?? null,
      valid_to: fact.invalid?.text ?? null,
      retired_at: fact.expired?.text ?? null,
      sharing_stamp: together,
      replacement: replacement === null ? null : { id: replacement, text: textOf(replacement) },
    },
  };
}
