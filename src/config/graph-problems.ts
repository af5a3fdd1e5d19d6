import type { GraphMapping } from '../domain/graph-mapping.ts';
import type { GraphSettings } from './graph-schema.ts';

/** Returns a sentence for each problem of a graph's relations whose settings are valid each by itself. */
export function graphProblems(mapping: GraphMapping, settings: GraphSettings | null): string[] {
  const setting = `graphs.${mapping.name}.relations`;
  return [
    ...(hasNoType(settings) ? [`${setting}.type: is required, unless the graph has a preset`] : []),
    ...archivedProblems(mapping, `${setting}.archived_at`),
    ...archiveTableProblems(mapping, setting),
  ];
}

function hasNoType(settings: GraphSettings | null): boolean {
  if (settings === null || settings.in === 'postgres') return false;
  return settings.preset === undefined && settings.relations !== undefined && settings.relations.type === undefined;
}

/** The job writes the field, and deletes it on undo: nothing else may be in it. */
function archivedProblems(mapping: GraphMapping, setting: string): string[] {
  const archived = mapping.merging?.relations.archivedAt;
  if (archived === undefined) return [];
  if ('keys' in archived && archived.keys.length > 0) {
    return [`${setting}: must be a column; a path within JSON cannot be written`];
  }
  const name = 'column' in archived ? archived.column : archived.property;
  return otherFields(mapping).includes(name) ? [`${setting}: ${name} is mapped as another field of relations`] : [];
}

function archiveTableProblems({ merging, place }: GraphMapping, setting: string): string[] {
  const { archiveTable, archivedAt } = merging?.relations ?? {};
  if (archiveTable === undefined || place.in !== 'postgres') return [];
  const { documents, entities, mentions, relations, vectors } = place;
  const isMapped = [documents, entities, mentions, relations, vectors].some(
    (part) => part?.table.schema === archiveTable.schema && part.table.name === archiveTable.name,
  );
  return [
    ...(archivedAt === undefined
      ? []
      : [`${setting}: archived_at leaves facts where they are, and archive_table moves them: set one of the two`]),
    ...(isMapped ? [`${setting}.archive_table: is mapped as another table of the graph`] : []),
  ];
}

function otherFields({ place, merging, validity }: GraphMapping): (string | null)[] {
  const times = [place.relations.createdAt, place.relations.deprecatedAt, merging?.relations.accessedAt ?? null];
  const { name = null, text = null, vector = null, validFrom = null, validTo = null } = merging?.relations ?? {};
  const { source = null, target = null } = merging?.relations ?? {};
  return [
    ...times.map((time) => (time === null ? null : 'column' in time ? time.column : time.property)),
    ...[place.relations.id, name, text, vector, validFrom, validTo, source, target, validity?.retiredAt ?? null],
    ...(place.in === 'postgres'
      ? [place.relations.group, place.relations.source, place.relations.target, place.relations.document]
      : [place.groups.by === 'property' ? place.groups.property : null, place.relations.documents]),
    place.relations.weight,
  ];
}
