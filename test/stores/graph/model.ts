import {
  type CollectRule,
  collectorOf,
  type EdgeFacts,
  isDue,
  orphanEntity,
  type Stale,
  staleEdge,
  staleVector,
} from '../../../src/domain/collectors.ts';
import type { GraphItem } from '../../../src/domain/graph-item.ts';
import { mentionId } from '../../../src/stores/ports/graph-items.ts';
import type { GraphLine } from '../../../src/stores/ports/graph-loading.ts';

type Line<T extends GraphLine['type']> = Extract<GraphLine, { type: T }>;

export interface Judged extends GraphItem, Stale {
  readonly due: boolean;
}

/** Stale items of one group by the rules of `domain/` alone, with which every store has to agree. */
export function judge(lines: readonly GraphLine[], group: string, rule: CollectRule): Judged[] {
  const own = lines.filter((line) => line.group_id === group);
  const of = <T extends GraphLine['type']>(type: T) => own.filter((line): line is Line<T> => line.type === type);
  const documents = new Map(of('document').map((line) => [line.id, dated(line)]));
  const entities = new Set(of('entity').map((line) => line.id));
  const spoken = (id: string | undefined) => (id === undefined ? [] : [documents.get(id) ?? null]);
  const relations = of('relation').map((line) => ({
    item: { kind: 'relation' as const, id: line.id },
    ends: [line.source, line.target],
    facts: {
      ...dated(line),
      endsStand: entities.has(line.source) && entities.has(line.target),
      documents: spoken(line.document),
    } satisfies EdgeFacts,
  }));
  const mentions = of('mention').map((line) => ({
    item: { kind: 'mention' as const, id: mentionId(line.document, line.entity) },
    ends: [line.entity],
    facts: {
      ...dated(line),
      endsStand: entities.has(line.entity),
      documents: spoken(line.document),
    } satisfies EdgeFacts,
  }));
  const edges = [...relations, ...mentions];
  const all: [GraphItem, Stale | null][] = [
    ...edges.map(({ item, facts }): [GraphItem, Stale | null] => [item, staleEdge(facts, rule.cutoff)]),
    ...of('entity').map((line): [GraphItem, Stale | null] => {
      const its = edges.filter(({ ends }) => ends.includes(line.id)).map(({ facts }) => facts);
      return [{ kind: 'entity', id: line.id }, orphanEntity(dated(line), its, rule)];
    }),
    ...of('vector').map((line): [GraphItem, Stale | null] => {
      const facts = {
        ...dated(line),
        ...(line.document === undefined ? {} : { document: documents.get(line.document) ?? null }),
        ...(line.entity === undefined ? {} : { entityStands: entities.has(line.entity) }),
      };
      return [{ kind: 'vector', id: line.id }, staleVector(facts, rule.cutoff)];
    }),
  ];
  return all.flatMap(([item, stale]) => {
    if (stale === null || !rule.collectors.includes(collectorOf[item.kind])) return [];
    return [{ ...item, ...stale, due: isDue(stale, rule) }];
  });
}

function dated(line: GraphLine) {
  const date = (text: string | undefined) => (text === undefined ? null : new Date(text));
  return { createdAt: date(line.created_at), deprecatedAt: date(line.deprecated_at) };
}
