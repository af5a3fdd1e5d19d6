import type { DueWork } from '../../../domain/graph-item.ts';
import { judgedMerges, refinedErrorRate } from '../../../domain/merging/answers.ts';
import { cosineOf, evidenceOf } from '../../../domain/merging/evidence.ts';
import { type MergeKind, type MergePair, mergeKey, pairName } from '../../../domain/merging/merge-record.ts';
import type { MergeEstimate, MergePreview } from '../../../domain/merging/merge-state.ts';
import { type CandidatePair, type DecidedPairs, decidePairs, type Judgements } from '../../../domain/merging/pairs.ts';
import { aboveFloors } from '../../../domain/merging/similarity-floors.ts';
import { vectorAt } from '../../../similarity/duplicate-task.ts';
import type { FoundDuplicates } from '../../../similarity/find-duplicates.ts';
import { graphItemsOf } from '../../../state/graphs/graph-items.ts';
import { answersOf } from '../../../state/merges/list.ts';
import { type FoundMerge, replaceFound, type Verdict, verdictsOf } from '../../../state/merges/merges.ts';
import type { GraphMerging } from '../../../stores/ports/graph-merging.ts';
import type { Found, Search } from '../strategy.ts';
import { type DecidablePairs, findFacts, withAccepted } from './find-facts.ts';
import { type Judged, PairJudge, verdictName } from './pair-judge.ts';
import { type ReadGroup, readGroup } from './read-group.ts';
import { type MergeSettings, settingsOf } from './settings.ts';

/** Pairs of each group that are one entity, and what a person wants to be taken apart. */
export async function* findMerges(search: Search): AsyncGenerator<Found> {
  const { db, store, groups, terms } = search;
  // A run handles the pairs that a person approved, and none that were found since.
  if (terms.approvedRunNo != null) {
    const at = { runNo: terms.approvedRunNo, graph: store.mapping.name };
    const due = (await graphItemsOf(db, at, groups)).map((item) => ({ ...item, reason: 'approved', since: null }));
    yield { due, held: [] };
    return;
  }
  const judge = new PairJudge(search);
  try {
    for (const group of groups) yield await searchGroup(search, judge, group);
  } finally {
    await judge.close();
  }
}

async function searchGroup(search: Search, judge: PairJudge, group: string): Promise<Found> {
  const { db, store, terms, signal, runNo } = search;
  const { merging } = store;
  if (merging === null) return { due: [], held: [] };
  const settings = settingsOf(terms.parameters);
  const place = { graph: store.mapping.name, group };
  const verdicts = terms.respectHolds ? await verdictsOf(db, place) : [];
  const ofEntities = settings.entities
    ? await findEntities(search, merging, group, judgementsOf(verdicts, 'entity'))
    : none;
  if (ofEntities.decide === null) return { due: splitWork(group, verdicts), held: [], ...notesOf(ofEntities.note) };
  const ofFacts = settings.facts ? await findFacts(merging, group, judgementsOf(verdicts, 'fact'), signal) : none;
  const sources = [ofEntities, ofFacts];
  const byRules = sources.flatMap(({ decide }) => decide?.([]) ?? []);
  const judged = await judge.judge(merging, group, byRules);
  const same = byRules.filter((pair) => isMergedBy(judged, pair) && ofEntities.guard(pair) === null);
  const decided = same.length === 0 ? byRules : sources.flatMap(({ decide }) => decide?.(same) ?? []);
  const found = decided.map((pair) => withVerdict(judged, pair));
  if (runNo !== null) await replaceFound(db, place, runNo, found);
  return {
    due: [...found.flatMap((one) => mergeWork(group, one)), ...splitWork(group, verdicts)],
    held: [],
    pairs: found.map((one) => previewOf(group, one)),
    estimates: await estimatesOf(search, group, ofEntities.types ?? []),
    ...notesOf(ofEntities.note, judged.note),
  };
}

interface FoundPairs extends DecidablePairs {
  readonly types?: readonly FoundDuplicates[];
  readonly note?: string;
  /** Why a pair is merged by a person alone; `null`: it is not so. */
  readonly guard: (pair: FoundMerge) => string | null;
}

/** `null`: the group has too many entities. */
type TooMany = { readonly decide: null; readonly note: string };

const none: FoundPairs = { decide: () => [], guard: () => null };

async function findEntities(
  { terms, signal, tools }: Search,
  merging: GraphMerging,
  group: string,
  judgements: Judgements,
): Promise<FoundPairs | TooMany> {
  const settings = settingsOf(terms.parameters);
  const read = await readGroup(merging, group, settings.maxEntities, signal);
  if (read.isTooLarge) return { decide: null, ...tooLarge(settings) };
  const task = { ...read.task, maxErrorRate: settings.maxErrorRate };
  const found = await tools.turn(() => tools.finder.find(task, signal));
  const guard = guardOf(read, settings);
  return {
    types: found,
    decide: (accepted) => {
      const judged = withAccepted(judgements, accepted, 'entity');
      const isJudged = new Set(judged.accepted.map(pairName));
      return describePairs(read, decidePairs(found, read.entities, judged, guard)).flatMap(
        (pair) => aboveFloors(pair, settings.floors, isJudged.has(pairName(pair))) ?? [],
      );
    },
    guard: ({ kind = 'entity', survivor, loser }) =>
      kind === 'fact' ? null : (guard({ survivor, loser }) ?? guard({ survivor: loser, loser: survivor })),
    ...noteOf(read),
  };
}

/** The error rate of each type of which something is merged, refined by what people answered. */
async function estimatesOf(
  { db, store, terms }: Search,
  group: string,
  types: readonly FoundDuplicates[],
): Promise<MergeEstimate[]> {
  const merging = types.filter(({ clusters }) => clusters.length > 0);
  const answers = merging.length > 0 && terms.respectHolds ? await answersOf(db, store.mapping.name, group) : [];
  return merging.map(({ type, clusters, estimate, cutoffBits }) => ({
    ...{ group, type, merges: clusters.reduce((sum, members) => sum + members.length - 1, 0) },
    estimated_error_rate: refinedErrorRate(estimate, judgedMerges(answers, type, cutoffBits)),
  }));
}

function isMergedBy({ verdicts, mutual }: Judged, pair: FoundMerge): boolean {
  const name = verdictName(pair);
  return pair.state === 'review' && mutual.has(name) && verdicts.get(name)?.verdict === 'same';
}

function withVerdict({ verdicts }: Judged, pair: FoundMerge): FoundMerge {
  const found = verdicts.get(verdictName(pair));
  if (found === undefined) return pair;
  return { ...pair, evidence: { ...pair.evidence, model: { verdict: found.verdict, reason: found.reason } } };
}

function notesOf(...notes: readonly (string | undefined)[]): { readonly note?: string } {
  const given = notes.filter((note) => note !== undefined);
  return given.length === 0 ? {} : { note: given.join('; ') };
}

function judgementsOf(verdicts: readonly Verdict[], kind: MergeKind): Judgements {
  const of = (state: Verdict['state']) => verdicts.filter((one) => one.state === state && one.kind === kind);
  return { never: [...of('never'), ...of('splitting')], accepted: of('accepted') };
}

/** Entities of protected types, pinned ones, and those with too many edges, are left to a person. */
function guardOf({ entities }: ReadGroup, { protectedTypes, limits }: MergeSettings) {
  return ({ survivor, loser }: MergePair): string | null => {
    const entity = entities.get(loser);
    if ([survivor, loser].some((id) => entities.get(id)?.isPinned === true)) return 'pinned';
    if (protectedTypes.has(entity?.type ?? '')) return 'protected_type';
    return (entity?.degree ?? 0) > limits.maxEdges ? 'too_large' : null;
  };
}

function describePairs(read: ReadGroup, { merge, relate }: DecidedPairs): FoundMerge[] {
  const { records } = read.task;
  const places = new Map(records.map(({ key }, at) => [key, at]));
  const task = { ...read.task, maxErrorRate: 0 };
  const describe = (state: FoundMerge['state']) => (pair: CandidatePair) => {
    const [one, other] = [places.get(pair.survivor) ?? -1, places.get(pair.loser) ?? -1];
    const [survivor, loser] = [records[one], records[other]];
    if (survivor === undefined || loser === undefined) return [];
    const evidence = evidenceOf(survivor, loser, cosineOf(vectorAt(task, one), vectorAt(task, other)));
    return [{ ...pair, type: survivor.type, state, evidence }];
  };
  return [...merge.flatMap(describe('proposed')), ...relate.flatMap(describe('review'))];
}

function mergeWork(group: string, found: FoundMerge): DueWork[] {
  if (found.state === 'review') return [];
  return [{ group, kind: 'merge', id: mergeKey(found), reason: 'duplicate', since: null }];
}

function splitWork(group: string, verdicts: readonly Verdict[]): DueWork[] {
  return verdicts
    .filter(({ state }) => state === 'splitting')
    .map((one) => ({ group, kind: 'split', id: mergeKey(one), reason: 'split', since: null }));
}

function previewOf(group: string, { state, ...pair }: FoundMerge): MergePreview {
  const { kind = 'entity', type, survivor, loser, bits, guard, evidence } = pair;
  const outcome = state === 'proposed' ? 'merge' : 'relate';
  return { group, kind, type, survivor, loser, outcome, bits, guard, evidence };
}

function tooLarge({ maxEntities }: MergeSettings): { readonly note: string } {
  return { note: `a group with more than ${maxEntities} entities was left out: raise max_entities to compare them` };
}

function noteOf({ oddVectors }: ReadGroup): { readonly note?: string } {
  if (oddVectors === 0) return {};
  return { note: `${oddVectors} entities of a group were compared without their vectors, which have another length` };
}
