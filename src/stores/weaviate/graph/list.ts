import { StoreError } from '../../../domain/store-errors.ts';
import type { ListedVector } from '../../ports/graph-vectors.ts';
import { slices } from '../../slices.ts';
import { knownGroup, storedGroups } from '../../stored-group.ts';
import { type OpenClass, openClass } from '../context.ts';
import { exactProperty } from '../exact.ts';
import { pagesByIds } from '../pages-by-ids.ts';
import { type FoundObject, findPage } from '../query.ts';
import { and, type Where } from '../where.ts';
import { listedOf, textOf } from './listed.ts';
import { type GraphContext, mappedProperties } from './scope.ts';

/** Groups that one question names. */
const groupsAtOnce = 100;

/** Objects of these groups, without their vectors, with the uuid of each. */
export async function* objectsOf(
  context: GraphContext,
  groups: readonly string[],
  signal?: AbortSignal,
  further: (open: OpenClass) => Where | null = () => null,
): AsyncGenerator<readonly { readonly uuid: string; readonly vector: ListedVector }[]> {
  const { graph } = context;
  const of = graph.vectorsBeside;
  const names = storedGroups(graph, groups);
  const open = await openClass(context, signal);
  const property = exactProperty(propertyOf(open, of.group));
  if (!property.exactFilter) {
    throw new StoreError(
      'StoreRefusedError',
      `class ${of.class} cannot be asked for a group: property ${of.group} needs \`field\` tokenization`,
    );
  }
  const condition = further(open);
  for (const some of slices(names, groupsAtOnce)) {
    const filter = property.filter(some);
    if (filter === null) continue;
    const wanted = new Set(some);
    const ask = (bounds: readonly Where[]) =>
      findPage(
        open,
        and([filter, ...(condition === null ? [] : [condition]), ...bounds]),
        mappedProperties(of),
        signal,
      );
    for await (const page of pagesByIds(ask)) {
      const found = page.flatMap(({ id: uuid, values }: FoundObject) => {
        const stored = textOf(values, of.group);
        // The filter passes over outer spaces.
        if (stored === null || !wanted.has(stored)) return [];
        const vector = listedOf(of, knownGroup(graph, stored) ?? '', uuid, values);
        return vector === null ? [] : [{ uuid, vector }];
      });
      if (found.length > 0) yield found;
    }
  }
}

export function propertyOf(open: OpenClass, name: string) {
  const property = open.schema.properties.get(name);
  if (property !== undefined) return property;
  throw new StoreError('StoreRefusedError', `class ${open.mapping.class} has no property ${name}`);
}
