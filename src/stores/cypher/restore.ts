import type { GraphItemKind } from '../../domain/collectors.ts';
import type { GraphImage } from '../../domain/graph-item.ts';
import type { GraphFence } from '../ports/graph-fence.ts';
import { byKind, itemKey } from '../ports/graph-items.ts';
import { fenced, fenceParameters, raiseFence } from './fence.ts';
import { type Content, contentOf, fetchImages, isSame, itemParameter, restoreOrder } from './images.ts';
import { type CypherMapping, quoted, quotedAsFound } from './names.ts';
import { placeOf } from './places.ts';
import type { CypherSession, Dialect, Run } from './session.ts';
import { groupText, property } from './text.ts';
import type { CypherValue } from './value.ts';

/** Puts items back, ends before edges. An item that exists again unchanged counts as restored. */
export async function restoreItems(
  session: CypherSession,
  mapping: CypherMapping,
  { group, epoch }: GraphFence,
  images: readonly GraphImage[],
  signal?: AbortSignal,
): Promise<{ refused: string[] }> {
  const { graph, stored } = placeOf(mapping, group);
  return session.write(
    graph,
    async (run) => {
      await raiseFence(run, mapping, stored, epoch);
      const refused: string[] = [];
      const kinds = byKind(images);
      for (const kind of restoreOrder) {
        const some = kinds.get(kind) ?? [];
        if (some.length === 0) continue;
        const work = { run, dialect: session.dialect, mapping, stored, epoch };
        const missing = await notThere(work, kind, some);
        for (const [text, alike] of byStatement(work, missing)) await create(work, text, alike);
        const standing = new Map(
          (await fetchImages(run, session.dialect, mapping, stored, some)).map((one) => [one.id, one]),
        );
        const same = (image: GraphImage) => {
          const now = standing.get(image.id);
          return now !== undefined && isSame(now, image);
        };
        refused.push(...some.filter((image) => !same(image)).map(itemKey));
      }
      return { refused };
    },
    signal,
  );
}

interface Work {
  readonly run: Run;
  readonly dialect: Dialect;
  readonly mapping: CypherMapping;
  readonly stored: string;
  readonly epoch: number;
}

/** Items of which nothing stands: not even two of an id, or one that could not be read whole. */
async function notThere(work: Work, kind: GraphItemKind, images: readonly GraphImage[]): Promise<GraphImage[]> {
  const { run, mapping, stored } = work;
  const rows = await run(
    `UNWIND $items AS item ${standingText(mapping, kind)} WITH item, standing WHERE standing > 0 RETURN item.key AS key`,
    {
      groups: [stored],
      items: images.map((image) => itemParameter(stored, image)),
    },
  );
  const keys = new Set(rows.map((row) => String(row.key)));
  return images.filter((image) => !keys.has(itemKey(image)));
}

/** Clauses after which `standing` says how many there are of `item`. */
function standingText(mapping: CypherMapping, kind: GraphItemKind): string {
  const { documents, entities, mentions, relations, vectors } = mapping.place;
  const groups = groupText(mapping);
  const inGroup = (alias: string) => `${groups.within(alias)} AND ${groups.ofItem(alias, 'item')}`;
  const counted = (pattern: string, where: string, alias: string) =>
    `OPTIONAL MATCH ${pattern} WHERE ${where} WITH item, count(${alias}) AS standing`;
  if (kind === 'mention') {
    return counted(
      `(d:${quoted(documents.label)})-[r:${quoted(mentions.type)}]->(e:${quoted(entities.label)})`,
      `${inGroup('d')} AND ${property('d', documents.id)} = item.document AND ${groups.same('e', 'd')} AND ${property('e', entities.id)} = item.entity`,
      'r',
    );
  }
  if (kind === 'relation') {
    return counted(
      `()-[r:${quoted(relations.type)}]->()`,
      `${inGroup('r')} AND ${property('r', relations.id)} = item.id`,
      'r',
    );
  }
  const nodes = kind === 'entity' ? entities : (vectors ?? entities);
  return counted(`(n:${quoted(nodes.label)})`, `${inGroup('n')} AND ${property('n', nodes.id)} = item.id`, 'n');
}

/** Labels, and the names of values that a dialect cannot bind, stand in the text: what needs the same text goes together. */
function byStatement(work: Work, images: readonly GraphImage[]): Map<string, GraphImage[]> {
  const byText = new Map<string, GraphImage[]>();
  for (const image of images) {
    const text = createText(work, image.kind, contentOf(image));
    byText.set(text, [...(byText.get(text) ?? []), image]);
  }
  return byText;
}

function createText({ dialect, mapping }: Work, kind: GraphItemKind, content: Content): string {
  const { documents, entities, mentions, relations } = mapping.place;
  const groups = groupText(mapping);
  const end = (alias: string, label: string, id: string, name: string) =>
    `MATCH (${alias}:${label}) WHERE ${groups.within(alias)} AND ${groups.ofItem(alias, 'item')} AND ${property(alias, id)} = item.${name}`;
  const document = quoted(documents.label);
  const entity = quoted(entities.label);
  const start = `${fenced} UNWIND $items AS item ${standingText(mapping, kind)} WITH item, standing WHERE standing = 0`;
  const set = dialect.setProperties('made', 'item.set', content.properties);
  if (content.kind === 'mention') {
    return `${start} ${end('a', document, documents.id, 'document')} ${end('b', entity, entities.id, 'entity')}
      CREATE (a)-[made:${quoted(mentions.type)}]->(b) ${set} RETURN count(made) AS made`;
  }
  if (content.kind === 'relation') {
    return `${start} ${end('a', entity, entities.id, 'source')} ${end('b', entity, entities.id, 'target')}
      CREATE (a)-[made:${quoted(relations.type)}]->(b) ${set} RETURN count(made) AS made`;
  }
  const ends = content.attached.map((one, at) =>
    end(`o${at}`, quotedAsFound(one.label), entities.id, `attached[${at}].id`),
  );
  const edges = content.attached.map(
    (one, at) =>
      `CREATE (made)${one.out ? '-' : '<-'}[t${at}:${quoted(one.type)}]${one.out ? '->' : '-'}(o${at})
       ${dialect.setProperties(`t${at}`, `item.attached[${at}].set`, one.properties)}`,
  );
  const labels = content.labels.map((label) => `:${quotedAsFound(label)}`).join('');
  return `${start} ${ends.join(' ')} CREATE (made${labels}) ${set} ${edges.join(' ')} RETURN count(made) AS made`;
}

type Item = { readonly [key: string]: CypherValue };

async function create(work: Work, text: string, images: readonly GraphImage[]): Promise<void> {
  const { run, dialect, mapping, stored, epoch } = work;
  await run(text, {
    ...fenceParameters(mapping, stored, epoch),
    groups: [stored],
    items: images.map((image): Item => {
      const content = contentOf(image);
      const ends: Item = content.kind === 'relation' ? { source: content.source, target: content.target } : {};
      const attached = 'attached' in content ? content.attached : [];
      return {
        ...itemParameter(stored, image),
        ...ends,
        set: dialect.boundProperties(content.properties),
        attached: attached.map(({ id, properties }) => ({ id, set: dialect.boundProperties(properties) })),
      };
    }),
  });
}
