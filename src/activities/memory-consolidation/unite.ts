import type { Db } from '../../database/schema.ts';
import { pairName } from '../../domain/consolidation/memory.ts';
import { isContainedIn } from '../../domain/consolidation/restatement.ts';
import { unitedText } from '../../domain/consolidation/united-text.ts';
import { EmbeddingError } from '../../language/embeddings/errors.ts';
import type { Embedder } from '../../language/embeddings/port.ts';
import { addUsage, type ModelUsage, noUsage } from '../../language/model/errors.ts';
import { unionPromptVersion, unionQuestion } from '../../language/prompts/memory-union.ts';
import { type PairVerdict, storeVerdicts } from '../../state/proposals/pair-verdicts.ts';
import type { ProposedCluster } from '../../state/proposals/store-clusters.ts';
import type { VectorMemory } from '../../stores/ports/memory-table.ts';
import { type Asking, inParts } from '../ask-about-pairs.ts';
import { answerTo } from '../model-failures.ts';
import { digestOf } from './settings.ts';

/** Pairs in one question. */
const mostPairs = 32;
/** A stored vector and one that the endpoint makes of the same text: rounding to 16 bits changes less. */
const leastOwnCosine = 0.995;

export interface Uniting extends Asking {
  readonly db: Db;
  readonly collection: string;
  readonly user: string;
  readonly chosen: string | null;
  readonly modelName: string;
  readonly embedder: Embedder;
  readonly terms: string;
  /** Texts that runs wrote, by the ids of their memories: two of them are not united. */
  readonly own: ReadonlyMap<string, string>;
  /** Verdicts of earlier looks; the text of a union is kept as the reason of a verdict. */
  readonly known: readonly PairVerdict[];
}

export interface United {
  readonly proposals: readonly ProposedCluster[];
  readonly usage: ModelUsage;
  /** Why no text is rewritten, where that is so for every pair of the collection. */
  readonly problem: string | null;
}

interface OpenUnion {
  readonly proposal: ProposedCluster;
  readonly pair: string;
  readonly texts: string;
  readonly survivor: VectorMemory;
  readonly member: VectorMemory;
}

/**
 * Has the model unite pairs of which each memory states something of its own, and makes the vector of the united text by the
 * endpoint that made the stored vectors: its vectors of both texts are compared with the stored ones first. A pair whose text may
 * not be united stays as it is, for a person.
 */
export async function unite(
  uniting: Uniting,
  memories: readonly VectorMemory[],
  related: readonly ProposedCluster[],
): Promise<United> {
  const { db, collection, user, known, modelName } = uniting;
  const byId = new Map(memories.map((memory) => [memory.id, memory]));
  const pairs = related.flatMap((proposal) => openUnion(proposal, byId, uniting));
  const [first] = pairs;
  if (first === undefined) return { proposals: related, usage: noUsage, problem: null };
  // Nothing is asked where no vector could be made of the answer.
  const check = await vectorOf(uniting, first, first.survivor.content);
  if ('problem' in check) return { proposals: related, usage: noUsage, ...check };
  const stored = new Map(known.map((one) => [one.pair, one]));
  const texts = new Map<string, string>();
  const unknown: OpenUnion[] = [];
  for (const one of pairs) {
    const before = stored.get(one.pair);
    if (before?.texts !== one.texts) unknown.push(one);
    else if (before.reason !== null) texts.set(one.pair, before.reason);
  }
  const usage = await ask(uniting, unknown, async (answers) => {
    await storeVerdicts(db, collection, user, answers, { promptVersion: unionPromptVersion, model: modelName });
    for (const { pair, reason } of answers) if (reason !== null) texts.set(pair, reason);
  });
  const proposals = new Map(related.map((proposal) => [proposal, proposal]));
  for (const one of pairs) {
    const text = texts.get(one.pair);
    if (text === undefined) continue;
    const vector = await vectorOf(uniting, one, text);
    if ('problem' in vector) return { proposals: [...proposals.values()], usage, problem: vector.problem };
    proposals.set(one.proposal, withText(one.proposal, text, vector.values));
  }
  return { proposals: [...proposals.values()], usage, problem: null };
}

function openUnion(
  proposal: ProposedCluster,
  byId: ReadonlyMap<string, VectorMemory>,
  { own, terms }: Uniting,
): OpenUnion[] {
  const [survivor, member, more] = proposal.content.lines.map(({ id }) => byId.get(id));
  if (survivor === undefined || member === undefined || more !== undefined) return [];
  // A memory that a person has pinned keeps its text, and so does one whose hash could not be written anew.
  if (survivor.pinned || !survivor.isRewritable) return [];
  if (survivor.vector === null || member.vector === null) return [];
  // Where one contains the other there is nothing to unite.
  if (isContainedIn(survivor.content, member.content) || isContainedIn(member.content, survivor.content)) return [];
  if ([survivor, member].every(({ id, content }) => own.get(id) === content)) return [];
  const texts = digestOf([...[survivor, member].map(({ content }) => content).sort(), terms, 'united']);
  return [{ proposal, pair: pairName(survivor.id, member.id), texts, survivor, member }];
}

async function ask(
  { model, budget, signal, chosen }: Uniting,
  open: readonly OpenUnion[],
  answered: (verdicts: readonly PairVerdict[]) => Promise<void>,
): Promise<ModelUsage> {
  let usage = noUsage;
  const asked = open.map((own) => ({ ...own, one: own.survivor.content, other: own.member.content }));
  for (const part of inParts(asked, mostPairs, model)) {
    const shown = part.map(({ one, other }, place) => ({ pair: place + 1, one, other }));
    const answer = await answerTo(() => model.ask(unionQuestion(shown, chosen), budget, signal));
    if (answer === null) continue;
    usage = addUsage(usage, answer.usage);
    await answered(
      part.map(({ pair, texts, one, other }, place): PairVerdict => {
        const own = answer.value.texts.filter((text) => text.pair === place + 1);
        const [only = null] = own.length === 1 ? own : [];
        const united = only?.text == null ? null : unitedText(one, other, only.text);
        const text = united !== null && 'text' in united ? united.text : null;
        return { pair, texts, verdict: text === null ? 'related' : 'same', reason: text };
      }),
    );
  }
  return usage;
}

async function vectorOf(
  { embedder, signal }: Uniting,
  { survivor, member }: OpenUnion,
  text: string,
): Promise<{ readonly values: readonly number[] } | { readonly problem: string }> {
  try {
    const [one, other, united] = await embedder.embed([survivor.content, member.content, text], signal);
    const isOwn = isLike(one, survivor.vector) && isLike(other, member.vector);
    if (isOwn && united !== undefined) return { values: united };
    return { problem: `texts stay as they are: vectors of ${embedder.description} are not like the stored ones` };
  } catch (error) {
    if (!(error instanceof EmbeddingError)) throw error;
    return { problem: `texts stay as they are: ${error.message}` };
  }
}

function isLike(made: readonly number[] | undefined, stored: Float32Array | null): boolean {
  if (made === undefined || stored === null || made.length !== stored.length) return false;
  let [product, ofMade, ofStored] = [0, 0, 0];
  for (const [at, value] of stored.entries()) {
    const own = made[at] ?? 0;
    product += own * value;
    ofMade += own * own;
    ofStored += value * value;
  }
  return product / Math.sqrt(ofMade * ofStored) >= leastOwnCosine;
}

/** The proposal that replaces both texts by the united one. */
function withText(proposal: ProposedCluster, text: string, vector: readonly number[]): ProposedCluster {
  const added = { category: '', key: '', value: text };
  const inPlaceOf = proposal.content.lines[0]?.id ?? '';
  return {
    ...proposal,
    ...{ state: 'proposed', asked: true },
    content: {
      ...proposal.content,
      ...{ added: [{ ...added, inPlaceOf }], vector },
      changes: [{ decidedBy: 'model', lines: [1, 2], reason: 'merged', by: null, added }],
    },
  };
}
