import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../domain/canonical-json.ts';
import type { MergeKind } from '../../../domain/merging/merge-record.ts';
import { differInStatement, isInMiddleBand, mutualPairs } from '../../../domain/merging/middle-band.ts';
import {
  duplicatesPromptVersion,
  duplicatesQuestion,
  type ShownSide,
} from '../../../language/prompts/deduplicate-facts.ts';
import type { FoundMerge } from '../../../state/merges/merges.ts';
import {
  dropOtherVerdicts,
  type PairVerdict,
  readVerdicts,
  storeVerdicts,
} from '../../../state/proposals/pair-verdicts.ts';
import type { GraphMerging } from '../../../stores/ports/graph-merging.ts';
import { type AskedPair, askAboutPairs, inParts } from '../../ask-about-pairs.ts';
import { isFinal, isWithoutAnswer, ModelFailures } from '../../model-failures.ts';
import { chosenModel, RunBudget } from '../../run-budget.ts';
import type { Search } from '../strategy.ts';
import { shownSides } from './shown-pairs.ts';

export interface Judged {
  /** By the name of the pair. */
  readonly verdicts: ReadonlyMap<string, PairVerdict>;
  /** Names of the pairs that a verdict may merge: each is the likest of the other. */
  readonly mutual: ReadonlySet<string>;
  readonly note?: string;
}

/** Pairs in one question. */
const mostPairs = 256;

interface OpenPair extends AskedPair {
  readonly one: ShownSide;
  readonly other: ShownSide;
  readonly isMutual: boolean;
}

/** As verdicts are stored. */
export function verdictName({
  kind = 'entity',
  survivor,
  loser,
}: Pick<FoundMerge, 'kind' | 'survivor' | 'loser'>): string {
  return JSON.stringify([...[survivor, loser].sort(), ...(kind === 'fact' ? [kind] : [])]);
}

/**
 * Has a language model judge the pairs that rules leave to a person. Answers about the same texts are remembered. An
 * endpoint that does not answer, or answers something else, leaves every pair as rules have decided it.
 */
export class PairJudge {
  readonly #search: Search;
  readonly #budget: RunBudget;
  readonly #failures = new ModelFailures();
  #stopped: string | null = null;

  constructor(search: Search) {
    this.#search = search;
    this.#budget = RunBudget.of(search.db, search.runNo, search.terms.parameters);
  }

  close(): Promise<void> {
    return this.#budget.close();
  }

  /** @param found all pairs of one group that were found, merged ones too */
  async judge(merging: GraphMerging, group: string, found: readonly FoundMerge[]): Promise<Judged> {
    const { db, store, terms, tools, runNo } = this.#search;
    const graph = store.mapping.name;
    const none: Judged = { verdicts: new Map(), mutual: new Set() };
    // Without Coppice's tables nothing is known, and nothing could be remembered.
    if (tools.model === null || !terms.respectHolds) return none;
    const mutual = mutualNames(found);
    const open = await this.#shown(merging, group, found, mutual);
    const by = { promptVersion: duplicatesPromptVersion, model: chosenModel(terms.parameters) ?? tools.modelName };
    const asks = runNo !== null && terms.asks !== false;
    const stored = await readVerdicts(db, graph, group, terms.parameters.reask === true && asks ? by : null);
    const known = new Map(stored.map((one) => [one.pair, one]));
    const verdicts = new Map<string, PairVerdict>();
    const unknown: OpenPair[] = [];
    for (const pair of open) {
      const before = known.get(pair.pair);
      if (before?.texts === pair.texts) verdicts.set(pair.pair, before);
      else unknown.push(pair);
    }
    if (!asks) return { verdicts, mutual, ...noteOn(unknown.length) };
    const note = await this.#ask(unknown, async (answers) => {
      await storeVerdicts(db, graph, group, answers, by);
      for (const answer of answers) verdicts.set(answer.pair, answer);
    });
    if (terms.parameters.compare === 'all') {
      await dropOtherVerdicts(
        db,
        graph,
        group,
        open.map(({ pair }) => pair),
      );
    }
    return { verdicts, mutual, ...(note === null ? {} : { note }) };
  }

  async #shown(
    merging: GraphMerging,
    group: string,
    found: readonly FoundMerge[],
    mutual: ReadonlySet<string>,
  ): Promise<OpenPair[]> {
    const asked = found.filter((pair) => pair.state === 'review' && isAsked(pair));
    const sides = await shownSides(merging, group, asked, this.#search.signal);
    return asked.flatMap((found): OpenPair[] => {
      const [one, other] = [sides(found, found.survivor), sides(found, found.loser)];
      if (one === null || other === null) return [];
      const pair = verdictName(found);
      const said = [one, other].map(({ neighbours: _, ...side }) => canonicalJson(side)).sort();
      const texts = createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 16);
      return [{ pair, texts, one, other, isMutual: mutual.has(pair) }];
    });
  }

  /** Returns why some were not asked about. Pairs that a verdict may merge come first. */
  async #ask(
    open: readonly OpenPair[],
    answered: (verdicts: readonly PairVerdict[]) => Promise<void>,
  ): Promise<string | null> {
    const { model } = this.#search.tools;
    if (model === null || open.length === 0) return null;
    if (this.#stopped !== null) return this.#stopped;
    const { signal } = this.#search;
    const first = open.toSorted((one, other) => Number(other.isMutual) - Number(one.isMutual));
    const parts = inParts(first, mostPairs, model);
    const chosen = chosenModel(this.#search.terms.parameters);
    const asking = { model, budget: this.#budget, signal };
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      try {
        await askAboutPairs(asking, [part], (pairs) => duplicatesQuestion(pairs.map(sidesOf), chosen), answered);
        this.#failures.answered();
      } catch (error) {
        if (!isWithoutAnswer(error)) throw error;
        if (this.#failures.failed(isFinal(error))) {
          this.#stopped = `the model was not asked any more: ${error.message}. Pairs without a verdict wait for a person`;
          return this.#stopped;
        }
        // An answer may be cut off because too many pairs were asked about, or be spoilt by one of them.
        const half = Math.ceil(part.length / 2);
        if (part.length > 1) parts.unshift(part.slice(0, half), part.slice(half));
      }
    }
    return null;
  }
}

function sidesOf({ one, other }: OpenPair) {
  return { one, other };
}

function isAsked(pair: FoundMerge): boolean {
  if (!isInMiddleBand(pair)) return false;
  const { survivor_name: one, loser_name: other } = pair.evidence;
  return pair.kind !== 'fact' || !differInStatement(one, other);
}

/** Entities by cosine; facts by the words that they have in common, within the place that they share. */
function mutualNames(found: readonly FoundMerge[]): ReadonlySet<string> {
  const kinds: readonly MergeKind[] = ['entity', 'fact'];
  const mutual = kinds.flatMap((kind) => {
    const own = found.filter((pair) => (pair.kind ?? 'entity') === kind);
    return [...mutualPairs(own.map((pair) => ({ ...pair, likeness: pair.evidence.likeness ?? pair.evidence.cosine })))];
  });
  return new Set(mutual.map(verdictName));
}

function noteOn(pairs: number): { readonly note?: string } {
  return pairs === 0 ? {} : { note: `${pairs} pairs were not judged by the model: a run asks it, a preview does not` };
}
