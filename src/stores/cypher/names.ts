import type { CypherGraph, GraphMapping, GraphNodes, GraphTime } from '../../domain/graph-mapping.ts';

/** A graph that is spoken to in Cypher. */
export interface CypherMapping extends GraphMapping {
  readonly place: CypherGraph;
}

/** A label, type or property that cannot stand in a query: there they cannot be bound. */
export class IdentifierError extends Error {
  override readonly name = 'IdentifierError';
  constructor(name: string) {
    super(
      `${JSON.stringify(name.slice(0, 80))} is no name for a label, relationship type or property here: ` +
        'letters, digits and _ only, with a letter first',
    );
  }
}

const identifier = /^[A-Za-z][A-Za-z0-9_]*$/;

/** A name as it stands in the text of a query. Every name in every text has been through here. */
export function quoted(name: string): string {
  if (!identifier.test(name)) throw new IdentifierError(name);
  return `\`${name}\``;
}

/** A label or type of the application's that an image holds: letters of any script, so that its own names can come back. */
export function quotedAsFound(name: string): string {
  if (!isQuotable(name)) throw new IdentifierError(name);
  return `\`${name}\``;
}

export function isQuotable(name: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name);
}

/** Every name of the mapping, checked. */
export function checkNames({ place }: CypherMapping): void {
  const { groups, documents, entities, mentions, relations, vectors, results } = place;
  const nodes = (one: GraphNodes) => [one.label, one.id, ...times(one.createdAt, one.deprecatedAt)];
  const names = [
    ...(groups.by === 'property' ? [groups.property] : []),
    ...nodes(documents),
    ...nodes(entities),
    ...[mentions.type, ...times(mentions.createdAt)],
    ...[relations.type, relations.id, ...times(relations.createdAt, relations.deprecatedAt)],
    ...[relations.documents, relations.weight],
    ...(vectors === null ? [] : [...nodes(vectors), vectors.document, vectors.entity]),
    ...[results.community, results.centrality, ...entities.attached],
  ];
  for (const name of names) if (name !== null) quoted(name);
}

function times(...fields: readonly (GraphTime | null)[]): string[] {
  return fields.flatMap((field) => (field === null ? [] : [field.property]));
}
