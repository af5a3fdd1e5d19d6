import type { GraphTime } from '../../domain/graph-mapping.ts';
import { EmptyScopeError, StoreError } from '../../domain/store-errors.ts';
import type { Deprecated } from '../ports/graph-loading.ts';
import { type CypherMapping, quoted } from './names.ts';
import { placeOf } from './places.ts';
import type { CypherSession, Run } from './session.ts';
import { groupText, property } from './text.ts';
import { writeTime } from './time.ts';

/**
 * Marks documents, and the relations and vectors that come from them alone. An item that is marked already keeps its
 * date.
 */
export async function deprecateDocuments(
  session: CypherSession,
  mapping: CypherMapping,
  group: string,
  ids: readonly string[],
  at: Date,
  signal?: AbortSignal,
): Promise<Deprecated> {
  if (ids.length === 0) throw new EmptyScopeError('documents');
  const { graph, stored } = placeOf(mapping, group);
  const { documents, relations, vectors } = mapping.place;
  if (documents.deprecatedAt === null) {
    throw new StoreError(
      'StoreRefusedError',
      `graph ${mapping.name} maps no time at which a document was deprecated (documents.deprecated_at): nothing was marked`,
    );
  }
  const groups = groupText(mapping);
  const document = `MATCH (d:${quoted(documents.label)}) WHERE ${groups.within('d')} AND ${property('d', documents.id)} IN $ids`;
  const marking =
    (run: Run, found: readonly string[]) => async (alias: string, text: string, field: GraphTime | null) => {
      if (field === null || found.length === 0) return 0;
      const date = property(alias, field.property);
      const rows = await run(`${text} AND ${date} IS NULL SET ${date} = $at RETURN count(${alias}) AS marked`, {
        ...{ groups: [stored], ids: found, at: writeTime(at, field) },
      });
      return Number(rows[0]?.marked ?? 0);
    };
  const standing = await session.read(
    graph,
    `${document} RETURN ${property('d', documents.id)} AS id`,
    { groups: [stored], ids },
    signal,
  );
  const found = [...new Set(standing.map((row) => String(row.id)))];
  const missing = ids.filter((id) => !found.includes(id));
  if (found.length === 0) return { documents: 0, relations: 0, vectors: 0, missing };
  return session.write(
    graph,
    async (run) => {
      const mark = marking(run, found);
      const names = relations.documents === null ? '[]' : `coalesce([] + ${property('r', relations.documents)}, [])`;
      const relation = `MATCH ()-[r:${quoted(relations.type)}]->() WHERE ${groups.within('r')}
        AND size(${names}) > 0 AND all(name IN ${names} WHERE name IN $ids)`;
      const vector = `MATCH (v:${quoted(vectors?.label ?? documents.label)}) WHERE ${groups.within('v')}
        AND ${property('v', vectors?.document)} IN $ids`;
      return {
        documents: await mark('d', document, documents.deprecatedAt),
        relations: await mark('r', relation, relations.documents === null ? null : relations.deprecatedAt),
        vectors: await mark('v', vector, vectors === null || vectors.document === null ? null : vectors.deprecatedAt),
        missing,
      };
    },
    signal,
  );
}
