import type { SettingTexts } from './setting-text.ts';

const group = 'The field of the group. Default `group_id`.';
const id = 'The field that names it within its group. Default `id`.';
const created = 'When it was written: from then on the grace of what is stale without a date of its own counts.';
const deprecated = 'Since when it is out of date; empty while it is not.';
const table = 'Its table. Naming one makes the graph a mapped one.';
const label = 'Its label. Naming one makes the graph a mapped one.';

const part = (name: string, more: Readonly<Record<string, string>> = {}): SettingTexts =>
  Object.fromEntries(
    Object.entries({ table, label, id, group, created_at: created, deprecated_at: deprecated, ...more }).map(
      ([key, meaning]) => [`graphs.*.${name}.${key}`, { meaning }],
    ),
  );

/** Vectors that are not where the graph is. */
function beside(place: string, own: Readonly<Record<string, string>>): SettingTexts {
  const owner = (what: string, name: string) =>
    `The field of the id of the ${what} that the vector belongs to. Default \`${name}\`, none where it is a mapped one.`;
  const texts = {
    ...own,
    ...{ group, document: owner('document', 'document_id'), entity: owner('entity', 'entity_id') },
    ...{ created_at: created, deprecated_at: deprecated },
  };
  return Object.fromEntries(
    Object.entries(texts).map(([key, meaning]) => [`graphs.*.vectors.${place}.${key}`, { meaning }]),
  );
}

/** The settings of a graph, wherever it is. */
export const graphSettings: SettingTexts = {
  'graphs.*.in': { meaning: 'Where the graph is: `postgres` (default), `neo4j` or `falkordb`.' },
  'graphs.*.preset': {
    meaning: 'How a known application keeps its graph. The other settings of the graph override it.',
  },
  'graphs.*.group': { meaning: 'Property of every node and relation that holds the group. Default `group_id`.' },
  'graphs.*.graph_prefix': {
    meaning: 'Each group is a graph of its own, whose name is this and the group. It goes before `group`.',
  },
  'graphs.*.database': { meaning: 'Database of Neo4j (`neo4j`), or the graph of FalkorDB that holds all groups.' },
  'graphs.*.empty_group': {
    meaning:
      'The name under which a stored empty group is handled; a group stored under that very name is handled as `NAME (named)`. ' +
      'Without it data of an empty group is counted and never touched.',
  },
  'graphs.*.accept': {
    meaning: 'Cascades, triggers and policies of the tables that a person has accepted by name.',
  },
  'graphs.*.result_schema': { meaning: 'Schema of the tables that a recompute writes. Default `knowledge`.' },
  ...part('documents', {
    relations:
      'Property with the ids of the relations that come from the document. They follow where relations are joined.',
  }),
  ...part('entities', {
    attached: 'Relationship types that go with an entity and come back with it; any other keeps the entity.',
    name: 'The field of its name. A mapped graph without it is passed over by `deduplicate-facts`.',
    type: 'The field of its type: only entities of one type are merged. `{labels: true}`: the labels of its node besides `label`.',
    description: 'The field of a text about it.',
    vector: 'The field of its vector.',
    properties:
      'More fields that are compared. Without it: every other text, number and boolean of a node, no other column of a table.',
    pinned: 'A boolean field: where it is true, the entity is merged only where a person accepts it.',
  }),
  ...Object.fromEntries(
    Object.entries({
      table: 'The table of mentions; `null`: there are none.',
      type: 'Relationship type from a document to an entity. Default `MENTIONS`.',
      group,
      document: 'Column with the id of the document. Default `document_id`.',
      entity: 'Column with the id of the entity. Default `entity_id`.',
      created_at: created,
    }).map(([key, meaning]) => [`graphs.*.mentions.${key}`, { meaning }]),
  ),
  ...Object.fromEntries(
    Object.entries({
      table,
      type: 'Relationship type between entities. Default `RELATES_TO`. Where the graph has a preset, relations without a type add to those of the preset.',
      id,
      group,
      created_at: created,
      deprecated_at: deprecated,
      source:
        'Column with the id of the entity at its beginning, default `source`; in Neo4j and FalkorDB a property that repeats it.',
      target:
        'Column with the id of the entity at its end, default `target`; in Neo4j and FalkorDB a property that repeats it.',
      document:
        'Column with the id of the document that it comes from. Default `document_id`, none where `table` is set.',
      documents: 'Property with the id of the document that it comes from, or a list of them.',
      weight: 'The field of its weight; without it every relation weighs 1.',
      name: 'The field of the name of its statement.',
      text: 'The field of the text of its statement.',
      vector: 'The field of the vector of that text.',
      accessed_at: 'When it was last used; `archive-facts` counts from then.',
      archived_at:
        'When it was archived. `archive-facts` sets it and leaves the relation where it is; without it, relations are moved into the ledger.',
      archive_table:
        'A table of the application, to which `archive-facts` moves relations, columns by name; an undo moves them back.',
      valid_from: 'Since when it holds.',
      valid_to: 'Until when it held.',
      retired_at: 'When it was marked as superseded; `audit-invalidations` reads it.',
    }).map(([key, meaning]) => [`graphs.*.relations.${key}`, { meaning }]),
  ),
  ...part('vectors', {
    document: 'The field of the id of the document that the vector belongs to.',
    entity: 'The field of the id of the entity that the vector belongs to.',
  }),
  'graphs.*.vectors.in': { meaning: 'Where the vectors are, if not where the graph is: see below.' },
  ...beside('weaviate', {
    class: 'Its class. Naming one makes the vectors mapped ones. Default `NAME_vectors`, with a capital.',
    id: 'Property that names a vector within its group. Default `vector_id`; where `class` is set, the uuid.',
  }),
  ...beside('postgres', {
    table:
      'Its table, in the database of `DATABASE_URL`. Naming one makes the vectors mapped ones. Default `NAME_vectors`.',
    id,
  }),
  'graphs.*.results.in': {
    meaning:
      'Where a recompute writes: properties of the entities, or nodes `CoppiceResult`, which an application that reads or ' +
      'replaces all properties of its entities neither sees nor deletes. Default `properties`; with `preset: graphiti` `nodes`.',
  },
  'graphs.*.results.community': {
    meaning: 'Property for the community, followed by `_0` or `_1`. Default `community`.',
  },
  'graphs.*.results.centrality': { meaning: 'Property for PageRank, followed by `_0` or `_1`. Default `centrality`.' },
};
