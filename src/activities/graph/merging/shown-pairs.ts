import type { ShownSide } from '../../../language/prompts/deduplicate-facts.ts';
import type { FoundMerge } from '../../../state/merges/merges.ts';
import type { DescribedEntity, GraphMerging } from '../../../stores/ports/graph-merging.ts';

const entitiesAtOnce = 200;
const longestText = 600;
const longestValue = 120;
const mostValues = 20;
const mostNeighbours = 10;

/**
 * Returns the content that the model is shown of each side of these pairs; `null`: the side does not exist any more.
 */
export async function shownSides(
  merging: GraphMerging,
  group: string,
  pairs: readonly FoundMerge[],
  signal: AbortSignal,
): Promise<(pair: FoundMerge, id: string) => ShownSide | null> {
  const ids = pairs.flatMap(({ kind, survivor, loser }) => (kind === 'fact' ? [] : [survivor, loser]));
  const unique = [...new Set(ids)];
  const entities = new Map<string, DescribedEntity>();
  for (let at = 0; at < unique.length; at += entitiesAtOnce) {
    const some = await merging.describe(group, unique.slice(at, at + entitiesAtOnce), signal);
    for (const one of some) entities.set(one.id, one);
  }
  return (pair, id) => {
    if (pair.kind === 'fact') return factSide(pair, id);
    const entity = entities.get(id);
    return entity === undefined ? null : entitySide(entity);
  };
}

function entitySide({ type, name, text, properties, neighbours }: DescribedEntity): ShownSide {
  const values = Object.entries(properties).sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    ...{ type, name: name.slice(0, longestValue), text: text.slice(0, longestText) },
    properties: Object.fromEntries(
      values.slice(0, mostValues).map(([key, value]) => [key, value.slice(0, longestValue)]),
    ),
    neighbours: neighbours.slice(0, mostNeighbours).map((one) => one.slice(0, longestValue)),
  };
}

function factSide({ type, survivor, evidence }: FoundMerge, id: string): ShownSide {
  const text = id === survivor ? evidence.survivor_name : evidence.loser_name;
  return { type, name: type, text: text.slice(0, longestText), properties: {}, neighbours: evidence.ends ?? [] };
}
