import {
  type CollectRule,
  collectorOf,
  type GraphItemKind,
  isDue,
  latest,
  orphanEntity,
  type Stale,
  staleEdge,
  staleVector,
} from '../../domain/collectors.ts';
import type { StaleItem } from '../../domain/graph-item.ts';
import { mentionId } from '../ports/graph-items.ts';
import { slices } from '../slices.ts';
import { knownGroup } from '../stored-group.ts';
import { edgeOf, entityOf, factsOf, vectorOf } from './facts.ts';
import type { CypherMapping } from './names.ts';
import { type Place, placesOf } from './places.ts';
import type { CypherSession } from './session.ts';
import { groupText } from './text.ts';
import { datesText } from './time.ts';
import type { CypherValue, Row } from './value.ts';

/** Ids and dates only. */
const pageSize = 20_000;

/** The rules over nodes and relationships, a page at a time. */
export async function* staleItems(
  session: CypherSession,
  mapping: CypherMapping,
  groups: readonly string[],
  rule: CollectRule,
  signal?: AbortSignal,
): AsyncGenerator<readonly StaleItem[]> {
  for (const place of placesOf(mapping, groups)) {
    const reading = new Reading(session, mapping, place, rule, signal);
    for (const kind of ['relation', 'mention'] as const) yield* reading.edges(kind);
    yield* reading.entities();
    yield* reading.vectors();
  }
}

/** Of one entity: how many of its edges are due, and since when the last of them is stale. */
interface DueEdges {
  readonly group: string;
  readonly entity: string;
  count: number;
  since: Date | null;
}

class Reading {
  readonly #dueOf = new Map<string, DueEdges>();
  readonly #session: CypherSession;
  readonly #mapping: CypherMapping;
  readonly #place: Place;
  readonly #rule: CollectRule;
  readonly #signal: AbortSignal | undefined;

  constructor(session: CypherSession, mapping: CypherMapping, place: Place, rule: CollectRule, signal?: AbortSignal) {
    this.#session = session;
    this.#mapping = mapping;
    this.#place = place;
    this.#rule = rule;
    this.#signal = signal;
  }

  async *edges(kind: 'relation' | 'mention'): AsyncGenerator<readonly StaleItem[]> {
    if (!this.#asked(kind)) return;
    for await (const rows of this.#pages(kind)) {
      const items = rows.flatMap((row) => {
        const stale = staleEdge(edgeOf(this.#mapping, kind, row), this.#rule.cutoff);
        if (stale !== null && isDue(stale, this.#rule)) this.#remember(row, stale);
        return this.#item(kind, row, stale);
      });
      if (items.length > 0) yield items;
    }
  }

  /** Those without an edge, then those whose edges are all due. */
  async *entities(): AsyncGenerator<readonly StaleItem[]> {
    if (!this.#asked('entity')) return;
    for await (const rows of this.#pages('entity')) {
      const items = rows.flatMap((row) =>
        this.#item('entity', row, orphanEntity(entityOf(this.#mapping, row), [], this.#rule)),
      );
      if (items.length > 0) yield items;
    }
    for (const some of slices([...this.#dueOf.values()], 1000)) {
      const items = (await this.#touched(some)).flatMap((row) => {
        const due = this.#dueOf.get(keyOf(row.grp, row.id));
        if (due === undefined || row.degree !== BigInt(due.count)) return [];
        const since = latest([entityOf(this.#mapping, row).createdAt, due.since]);
        return this.#item('entity', row, { reason: 'orphaned', since });
      });
      if (items.length > 0) yield items;
    }
  }

  async *vectors(): AsyncGenerator<readonly StaleItem[]> {
    if (!this.#asked('vector')) return;
    for await (const rows of this.#pages('vector')) {
      const judged = (row: Row) => staleVector(vectorOf(this.#mapping, row), this.#rule.cutoff);
      const items = rows.flatMap((row) => this.#item('vector', row, judged(row)));
      if (items.length > 0) yield items;
    }
  }

  #asked(kind: GraphItemKind): boolean {
    return this.#rule.collectors.includes(collectorOf[kind]);
  }

  async *#pages(kind: GraphItemKind): AsyncGenerator<readonly Row[]> {
    const text = factsOf(this.#mapping, kind, 'pages');
    if (text === null) return;
    const group = groupText(this.#mapping).of(text.alias === 'r' && kind === 'mention' ? 'd' : text.alias);
    const names = ['grp', ...text.key.map(([name]) => name)];
    const columns = [`${group} AS grp`, ...text.key.map(([name, of]) => `${of} AS ${name}`), ...text.facts];
    const query = `${text.clauses} RETURN ${columns.join(', ')} ORDER BY ${names.join(', ')} LIMIT $limit`;
    let last: Row | null = null;
    for (;;) {
      const after = Object.fromEntries(names.map((name) => [`after_${name}`, last?.[name] ?? '']));
      const rows: Row[] = await this.#session.read(
        this.#place.graph,
        query,
        { ...this.#bound(), ...after, first: last === null, limit: BigInt(pageSize) },
        this.#signal,
      );
      if (rows.length > 0) yield rows;
      if (rows.length < pageSize) return;
      last = rows.at(-1) ?? null;
    }
  }

  /** Entities of which an edge is due, with how many edges each has. */
  #touched(some: readonly DueEdges[]): Promise<Row[]> {
    const text = factsOf(this.#mapping, 'entity', 'items');
    const columns = [`${groupText(this.#mapping).of('e')} AS grp`, 'item.id AS id', ...(text?.facts ?? [])];
    return this.#session.read(
      this.#place.graph,
      `UNWIND $items AS item ${text?.clauses} RETURN ${columns.join(', ')}`,
      { ...this.#bound(), items: some.map(({ group, entity }) => ({ grp: group, id: entity })) },
      this.#signal,
    );
  }

  #bound(): { [key: string]: CypherValue } {
    return { groups: this.#place.groups, attached: this.#mapping.place.entities.attached };
  }

  /** A loop is one edge of one entity. */
  #remember(row: Row, stale: Stale): void {
    for (const end of new Set([row.source, row.target])) {
      if (typeof end !== 'string' || typeof row.grp !== 'string') continue;
      const key = keyOf(row.grp, end);
      const known = this.#dueOf.get(key) ?? { group: row.grp, entity: end, count: 0, since: null };
      known.count += 1;
      known.since = latest([known.since, stale.since]);
      this.#dueOf.set(key, known);
    }
  }

  /** An id that is no text cannot be spoken of: what has one is let be. */
  #item(kind: GraphItemKind, row: Row, stale: Stale | null): StaleItem[] {
    if (stale === null || typeof row.grp !== 'string') return [];
    const id = idOf(kind, row);
    const group = knownGroup(this.#mapping, row.grp);
    if (id === null || group === null) return [];
    return [
      { group, kind, id, ...stale, due: isDue(stale, this.#rule), dates: datesText(row.created, row.deprecated) },
    ];
  }
}

export function idOf(kind: GraphItemKind, row: Row): string | null {
  if (kind !== 'mention') return typeof row.id === 'string' ? row.id : null;
  const { document, entity } = row;
  return typeof document === 'string' && typeof entity === 'string' ? mentionId(document, entity) : null;
}

function keyOf(group: CypherValue | undefined, entity: CypherValue | undefined): string {
  return JSON.stringify([group, entity]);
}
