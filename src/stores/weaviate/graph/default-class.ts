import type { VectorLine } from '../../ports/graph-vectors.ts';
import { storedGroup } from '../../stored-group.ts';
import { chunkUuid } from '../chunk-uuid.ts';
import { openClass } from '../context.ts';
import { ensureClassOf, exactText } from '../ensure.ts';
import { namedVectors } from '../image.ts';
import { putImages } from '../put.ts';
import { writtenTime } from './listed.ts';
import type { GraphContext } from './scope.ts';

export async function ensureVectorClass(context: GraphContext): Promise<void> {
  const { createdAt, deprecatedAt, ...of } = context.graph.vectorsBeside;
  const ids = [of.id, of.group, of.document, of.entity].filter((name) => name !== null);
  const dates = [createdAt, deprecatedAt].flatMap((field) => (field === null ? [] : [field.property]));
  await ensureClassOf(context, `Vectors of graph ${context.graph.name}, kept by Coppice`, [
    ...ids.map(exactText),
    ...dates.map((name) => ({ name, dataType: ['date'], indexFilterable: true })),
    { name: 'name', dataType: ['text'], tokenization: 'word', indexFilterable: false, indexSearchable: true },
  ]);
}

/** The same line is the same object: loaded again it is replaced. Of several lines with the same id the last counts. */
export async function loadVectors(context: GraphContext, lines: readonly VectorLine[]): Promise<void> {
  const { graph } = context;
  const of = graph.vectorsBeside;
  const objects = lines.map((line) => {
    const stored = storedGroup(graph, line.group_id);
    const time = (field: typeof of.createdAt, text: string | undefined) =>
      field === null || text === undefined ? {} : { [field.property]: writtenTime(new Date(text), field) };
    const own = (name: string | null, value: string | undefined) =>
      name === null || value === undefined ? {} : { [name]: value };
    return {
      id: chunkUuid(JSON.stringify([graph.name, stored]), line.id),
      documentId: line.id,
      properties: {
        [of.group]: stored,
        ...own(of.id, line.id),
        ...own(of.document, line.document),
        ...own(of.entity, line.entity),
        ...own('name', line.name),
        ...time(of.createdAt, line.created_at ?? new Date().toISOString()),
        ...time(of.deprecatedAt, line.deprecated_at),
      },
      vectors: namedVectors(line.embedding?.map(Math.fround) ?? null),
      revision: null,
    };
  });
  await putImages(await openClass(context), [...new Map(objects.map((one) => [one.id, one])).values()]);
}
