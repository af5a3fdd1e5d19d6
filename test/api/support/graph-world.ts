import { sql } from 'kysely';
import type { GraphLine } from '../../../src/stores/ports/graph-loading.ts';
import type { Installation } from '../../support/installation.ts';

const old = '2026-01-01T00:00:00.000Z';
const deprecated = '2026-02-01T00:00:00.000Z';

/**
 * A triangle that document `new` speaks of, and entity `lost` that only the deprecated document `old` does: an orphan,
 * two edges and a vector are to be collected.
 */
function groupLines(group_id: string): GraphLine[] {
  const line = { group_id, created_at: old };
  const of = (document: string) => ({ ...line, document });
  const triangle = [
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'a'],
  ] as const;
  return [
    { ...line, type: 'document', id: 'new' },
    { ...line, type: 'document', id: 'old', deprecated_at: deprecated },
    ...['a', 'b', 'c', 'lost'].map((id): GraphLine => ({ ...line, type: 'entity', id, name: `${id} of ${group_id}` })),
    ...['a', 'b', 'c'].map((entity): GraphLine => ({ ...of('new'), type: 'mention', entity })),
    { ...of('old'), type: 'mention', entity: 'lost' },
    ...triangle.map(
      ([source, target]): GraphLine => ({ ...of('new'), type: 'relation', id: `${source}${target}`, source, target }),
    ),
    { ...of('old'), type: 'relation', id: 'gone', source: 'lost', target: 'a' },
    { ...of('new'), type: 'vector', id: 'v-new', embedding: [0.25, 1, 2] },
    { ...of('old'), type: 'vector', id: 'v-old', embedding: [3, 4, 5.5] },
  ];
}

export async function loadGroups({ parts }: Installation, ids: readonly string[]): Promise<void> {
  const load = parts.graphs[0]?.loading.load;
  if (load === undefined || load === null) throw new Error('there is no graph that takes lines');
  await load(ids.flatMap(groupLines));
}

/** A group of nothing but entities that nothing speaks of. */
export async function loadOrphans({ parts }: Installation, group_id: string, count: number): Promise<void> {
  const entity = { type: 'entity', group_id, created_at: old } as const;
  await parts.graphs[0]?.loading.load?.(
    Array.from({ length: count }, (_, at) => ({ ...entity, id: `e${at}`, name: `e${at}` })),
  );
}

const tables = ['documents', 'entities', 'mentions', 'relations', 'vectors', 'results', 'communities'];

/** By group: a checksum of everything that the graph's tables and the registry hold of it. */
export async function checksums({ parts }: Installation): Promise<Map<string, string>> {
  const present = await sql<{ name: string; column: string }>`
    select table_schema || '.' || table_name as name, column_name as column from information_schema.columns
    where table_schema = 'knowledge' and table_name = any(${tables.map((one) => `graph_${one}`)}::text[])
      and column_name = 'group_id' order by 1`.execute(parts.db);
  const sums = new Map<string, string>();
  for (const name of [...present.rows.map((row) => row.name), 'coppice.graph_groups']) {
    const [schema = '', table = ''] = name.split('.');
    const { rows } = await sql<{ group_id: string; sum: string }>`
      select group_id, md5(string_agg(t::text, '|' order by t::text)) as sum
      from ${sql.id(schema, table)} t group by group_id order by group_id`.execute(parts.db);
    for (const { group_id, sum } of rows) sums.set(group_id, `${sums.get(group_id) ?? ''} ${table}:${sum}`);
  }
  return sums;
}
