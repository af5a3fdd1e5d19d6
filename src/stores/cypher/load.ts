import type { GraphTime } from '../../domain/graph-mapping.ts';
import { StoreError } from '../../domain/store-errors.ts';
import { mentionId } from '../ports/graph-items.ts';
import type { GraphLine } from '../ports/graph-loading.ts';
import { type CypherMapping, quoted } from './names.ts';
import { placeOf } from './places.ts';
import type { CypherSession, Run } from './session.ts';
import { groupText, property, setEach } from './text.ts';
import { writeTime } from './time.ts';
import type { CypherValue } from './value.ts';

type Item = { readonly [key: string]: CypherValue };
type Line<T extends GraphLine['type']> = Extract<GraphLine, { type: T }>;

/**
 * Writes lines of the default schema, nodes before the edges that join them. Of several lines with the same id the last
 * counts. An edge whose end is not there is refused and named: this kind of store cannot hold it.
 */
export async function loadLines(
  session: CypherSession,
  mapping: CypherMapping,
  lines: readonly GraphLine[],
): Promise<void> {
  const byGraph = new Map<string | null, GraphLine[]>();
  for (const line of lines) {
    const { graph } = placeOf(mapping, line.group_id);
    byGraph.set(graph, [...(byGraph.get(graph) ?? []), line]);
  }
  for (const [graph, some] of byGraph) {
    await session.write(graph, (run) => new Loading(session, mapping, run).all(some));
  }
}

class Loading {
  readonly #session: CypherSession;
  readonly #mapping: CypherMapping;
  readonly #run: Run;

  constructor(session: CypherSession, mapping: CypherMapping, run: Run) {
    this.#session = session;
    this.#mapping = mapping;
    this.#run = run;
  }

  async all(lines: readonly GraphLine[]): Promise<void> {
    const of = <T extends GraphLine['type']>(type: T) => lines.filter((line): line is Line<T> => line.type === type);
    const { documents, entities, vectors } = this.#mapping.place;
    await this.#nodes(documents, of('document'), () => ({}), []);
    await this.#nodes(entities, of('entity'), (line) => ({ entity_type: line.entity_type ?? null }), ['entity_type']);
    if (vectors !== null) {
      const owners = [vectors.document, vectors.entity].flatMap((name) => (name === null ? [] : [name]));
      const owned = (line: Line<'vector'>) => ({
        ...(vectors.document === null ? {} : { [vectors.document]: line.document ?? null }),
        ...(vectors.entity === null ? {} : { [vectors.entity]: line.entity ?? null }),
      });
      await this.#nodes(vectors, of('vector'), owned, owners);
    }
    await this.#mentions(of('mention'));
    await this.#relations(of('relation'));
  }

  async #nodes<T extends Line<'document' | 'entity' | 'vector'>>(
    nodes: { label: string; id: string; createdAt: GraphTime | null; deprecatedAt: GraphTime | null },
    lines: readonly T[],
    more: (line: T) => Item,
    names: readonly string[],
  ): Promise<void> {
    const items = lastOf(lines, (line) => line.id).map((line) => ({
      ...this.#usual(line, nodes),
      id: line.id,
      ...more(line),
    }));
    if (items.length === 0) return;
    const pattern = groupText(this.#mapping).pattern('item.grp', `${quoted(nodes.id)}: item.id`);
    await this.#run(
      `UNWIND $items AS item MERGE (n:${quoted(nodes.label)} ${pattern}) ${this.#assignments('n', nodes, names)}
       RETURN count(n) AS written`,
      { items },
    );
  }

  async #mentions(lines: readonly Line<'mention'>[]): Promise<void> {
    const { documents, entities, mentions } = this.#mapping.place;
    const items = lastOf(lines, (line) => mentionId(line.document, line.entity)).map((line) => {
      const { grp, created } = this.#usual(line, { createdAt: mentions.createdAt, deprecatedAt: null });
      return { grp: grp ?? null, created: created ?? null, source: line.document, target: line.entity };
    });
    if (items.length === 0) return;
    await this.#requireEnds(items, documents, entities);
    const created =
      mentions.createdAt === null ? '' : `SET ${property('r', mentions.createdAt.property)} = item.created`;
    await this.#run(
      `UNWIND $items AS item ${this.#ends(documents, entities)}
       MERGE (a)-[r:${quoted(mentions.type)} ${this.#edgePattern('')}]->(b) ${created} RETURN count(r) AS written`,
      { items },
    );
  }

  async #relations(lines: readonly Line<'relation'>[]): Promise<void> {
    const { entities, relations } = this.#mapping.place;
    const items = lastOf(lines, (line) => line.id).map((line) => ({
      ...this.#usual(line, relations),
      ...{ id: line.id, source: line.source, target: line.target },
      ...(relations.documents === null ? {} : { [relations.documents]: line.document ?? null }),
      ...(relations.weight === null ? {} : { [relations.weight]: line.weight ?? null }),
    }));
    if (items.length === 0) return;
    await this.#requireEnds(items, entities, entities);
    const type = quoted(relations.type);
    const id = property('r', relations.id);
    // A relationship cannot be given other ends: one that has them is made anew.
    await this.#run(
      `UNWIND $items AS item MATCH ()-[r:${type}]->() WHERE ${groupText(this.#mapping).ofItem('r', 'item')} AND ${id} = item.id
       WITH item, r, startNode(r) AS a, endNode(r) AS b
       WHERE ${property('a', entities.id)} <> item.source OR ${property('b', entities.id)} <> item.target DELETE r`,
      { items },
    );
    const names = [relations.documents, relations.weight].flatMap((name) => (name === null ? [] : [name]));
    await this.#run(
      `UNWIND $items AS item ${this.#ends(entities, entities)}
       MERGE (a)-[r:${type} ${this.#edgePattern(`${quoted(relations.id)}: item.id`)}]->(b)
       ${this.#assignments('r', relations, names)} RETURN count(r) AS written`,
      { items },
    );
  }

  #edgePattern(pairs: string): string {
    return groupText(this.#mapping).pattern('item.grp', pairs).replace(/, }$/, '}');
  }

  #ends(from: { label: string; id: string }, to: { label: string; id: string }): string {
    const groups = groupText(this.#mapping);
    const end = (alias: string, of: { label: string; id: string }, name: string) =>
      `MATCH (${alias}:${quoted(of.label)}) WHERE ${groups.ofItem(alias, 'item')} AND ${property(alias, of.id)} = item.${name}`;
    return `${end('a', from, 'source')} ${end('b', to, 'target')}`;
  }

  async #requireEnds(
    items: readonly (Item & { source: string; target: string })[],
    from: { label: string; id: string },
    to: { label: string; id: string },
  ): Promise<void> {
    const groups = groupText(this.#mapping);
    for (const [of, name] of [
      [from, 'source'],
      [to, 'target'],
    ] as const) {
      const rows = await this.#run(
        `UNWIND $items AS item
         OPTIONAL MATCH (n:${quoted(of.label)}) WHERE ${groups.ofItem('n', 'item')} AND ${property('n', of.id)} = item.${name}
         WITH item, count(n) AS standing WHERE standing = 0 RETURN item.${name} AS id LIMIT 1`,
        { items },
      );
      const [missing] = rows;
      if (missing === undefined) continue;
      throw new StoreError(
        'StoreRefusedError',
        `${this.#session.where} cannot hold an edge without its ends, and there is no ${of.label} ` +
          `${JSON.stringify(missing.id)} in its group: load documents and entities before mentions and relations`,
      );
    }
  }

  #usual(
    line: GraphLine,
    { createdAt, deprecatedAt }: { createdAt: GraphTime | null; deprecatedAt: GraphTime | null },
  ): Item {
    const time = (text: string | undefined, field: GraphTime | null, absent: Date | null): CypherValue => {
      const at = text === undefined ? absent : new Date(text);
      return field === null || at === null ? null : writeTime(at, field);
    };
    return {
      grp: placeOf(this.#mapping, line.group_id).stored,
      created: time(line.created_at, createdAt, new Date()),
      deprecated: time(line.deprecated_at, deprecatedAt, null),
      ...{ name: line.name ?? null, summary: line.summary ?? null, embedding: line.embedding ?? null },
    };
  }

  #assignments(
    alias: string,
    { createdAt, deprecatedAt }: { createdAt: GraphTime | null; deprecatedAt: GraphTime | null },
    more: readonly string[],
  ): string {
    const times = [
      ...(createdAt === null ? [] : [`${property(alias, createdAt.property)} = item.created`]),
      ...(deprecatedAt === null ? [] : [`${property(alias, deprecatedAt.property)} = item.deprecated`]),
    ];
    const embedding = this.#session.dialect.embedding('item.embedding');
    const usual = [`${alias}.name = item.name`, `${alias}.summary = item.summary`, `${alias}.embedding = ${embedding}`];
    const others = more.map((name) => `${property(alias, name)} = item.${quoted(name)}`);
    return setEach(`item, ${alias}`, [...usual, ...times, ...others]);
  }
}

function lastOf<T extends GraphLine>(lines: readonly T[], key: (line: T) => string): T[] {
  return [...new Map(lines.map((line) => [JSON.stringify([line.group_id, key(line)]), line])).values()];
}
