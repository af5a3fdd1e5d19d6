import { type JoinedRelation, joinRelations } from '../../../../domain/merging/join-relations.ts';
import type { EdgeRef, MergePair } from '../../../../domain/merging/merge-record.ts';
import type { MergedMapping } from './compared.ts';
import type { ReadMention, ReadRelation } from './read.ts';

/** Edges of the loser that become the survivor's, and those that are deleted. */
interface Fate {
  readonly moved: readonly EdgeRef[];
  readonly dropped: readonly EdgeRef[];
}

export function fateOfRelations(
  { place, merging }: MergedMapping,
  { survivor, loser }: MergePair,
  ofLoser: readonly ReadRelation[],
  beside: readonly ReadRelation[],
): Fate {
  const { id, group, source, target, createdAt } = place.relations;
  const { vector, text: said } = merging.relations;
  const isLoop = (one: ReadRelation) => [one.source, one.target].every((end) => end === survivor || end === loser);
  const toJoin =
    (own: boolean) =>
    (one: ReadRelation): JoinedRelation => ({
      ...{ id: one.id, values: one.values, createdAt: one.createdAt?.getTime() ?? null, ofLoser: own },
      source: one.source === loser ? survivor : one.source,
      target: one.target === loser ? survivor : one.target,
    });
  const others = ofLoser.filter((one) => !isLoop(one));
  const { dropped } = joinRelations([...others.map(toJoin(true)), ...beside.map(toJoin(false))], {
    text: said,
    documents: null,
    ignored: new Set([id, group, source, target, createdAt?.column ?? id, vector ?? id]),
  });
  const ref = (one: ReadRelation): EdgeRef => {
    const out = one.source === loser;
    return { type: 'relation', id: one.id, out, label: 'entity', other: out ? one.target : one.source };
  };
  const gives = (one: ReadRelation) => isLoop(one) || dropped.has(one.id);
  return {
    moved: ofLoser.filter((one) => !gives(one)).map(ref),
    dropped: ofLoser.filter(gives).map(ref),
  };
}

export function fateOfMentions({ loser }: MergePair, mentions: readonly ReadMention[]): Fate {
  const taken = new Set(mentions.filter(({ entity }) => entity !== loser).map(({ document }) => document));
  const own = mentions.filter(({ entity }) => entity === loser);
  const ref = ({ id, document }: ReadMention): EdgeRef => {
    return { type: 'mention', id, out: false, label: 'document', other: document };
  };
  return {
    moved: own.filter(({ document }) => !taken.has(document)).map(ref),
    dropped: own.filter(({ document }) => taken.has(document)).map(ref),
  };
}
