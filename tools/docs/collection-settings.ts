import { toMapping } from '../../src/config/mapping.ts';
import { mostChildLevels } from '../../src/domain/children.ts';
import { fieldOf } from '../../src/domain/mapped-fields.ts';
import type { CollectionMapping, Field } from '../../src/domain/mapping.ts';
import { collectionKinds, mayMap, type RowFieldName, rowFieldNames, rowFields } from '../../src/domain/row-fields.ts';
import type { SettingTexts } from './setting-text.ts';

const own = toMapping('documents', null);
const mapped = toMapping('documents', { table: 'public.documents' });

/** The default on Coppice's own table and on a mapped one. */
function byTable(read: (mapping: CollectionMapping) => string): string {
  const [first, second] = [read(own), read(mapped)];
  return first === second ? first : `${first}; on a mapped table ${second}`;
}

function fieldName(field: Field | null): string {
  return field === null ? 'none' : `\`${[field.column, ...field.keys].join('.')}\``;
}

/** The default of a field, for the kinds that have it. */
function fieldDefault(name: RowFieldName): string {
  if (name === 'document') return 'none: each row is a document';
  if (mayMap('documents', name)) return byTable((one) => fieldName(fieldOf(one, name)));
  const kind = collectionKinds.find((one) => mayMap(one, name)) ?? 'memories';
  return `${fieldName(fieldOf(toMapping(kind, { kind }), name))}; on a mapped table none`;
}

function fieldTexts(): SettingTexts {
  return Object.fromEntries(
    rowFieldNames.map((name) => {
      const kinds = collectionKinds.filter((kind) => mayMap(kind, name));
      const only = kinds.length === collectionKinds.length ? '' : ` (${kinds.join(', ')})`;
      const text = { meaning: `${rowFields[name].meaning}${only}`, default: fieldDefault(name) };
      return [`collections.*.${name}`, text];
    }),
  );
}

const chunkTable = own.vectors.in === 'table' ? own.vectors : null;
const named = toMapping('NAME', null).vectors;
const namedTable = named.in === 'table' ? named.table : null;
const weaviate = toMapping('documents', { vectors: { in: 'weaviate' } }).vectors;
const weaviateClass = weaviate.in === 'weaviate' ? weaviate : null;

/** The settings of a collection and of where its vectors are. */
export const collectionSettings: SettingTexts = {
  'collections.*.table': {
    meaning: "The application's table. Naming one makes the collection a mapped one.",
    default: `\`${own.table.schema}.\` and the name of the collection`,
  },
  'collections.*.id': {
    meaning:
      'Column that identifies a row, or a list of columns that do so together (`[prefix, key]`). They need a unique index. ' +
      'Outside the table the id of several columns is a JSON array of their texts (`["a","b"]`).',
    default: `\`${own.id}\``,
  },
  'collections.*.children': {
    meaning: 'Tables whose rows belong to a row, which are removed, recorded and restored with it: see below.',
    default: 'none',
  },
  'collections.*.children[].table': { meaning: 'The table. It may be named once in a collection.' },
  'collections.*.children[].id': {
    meaning: 'Column that identifies a row of it, or a list of columns. They need a unique index.',
  },
  'collections.*.children[].parent': {
    meaning:
      'Which row a row belongs to: each column, or key of a JSON column (`meta.document_id`), with the column of the parent ' +
      'that it equals. An index must begin with all of them.',
  },
  'collections.*.children[].vector': { meaning: 'Column of a vector, for the counts of vectors.', default: 'none' },
  'collections.*.children[].children': {
    meaning: `Tables whose rows belong to a row of this one; ${mostChildLevels} levels at most.`,
    default: 'none',
  },
  'collections.*.preset': {
    meaning: 'How a known application keeps its data. The other settings of the collection override it.',
    default: 'none',
  },
  'collections.*.workspace': {
    meaning: 'The field whose values are the partitions of a run. Rows without a value are never touched.',
    default: fieldName(own.partition),
  },
  'collections.*.user': {
    meaning: 'The same as `workspace`, for collections of other kinds than documents, whose partitions are users.',
    default: `\`user_id\``,
  },
  'collections.*.entity': {
    meaning: 'The same, for collections of attributes, whose partitions are entities.',
    default: `\`entity_id\``,
  },
  'collections.*.kind': {
    meaning:
      'The kind of a row. A job works on the kinds that it names: no job sweeps a collection of another kind, or one that lacks a field which the job needs.',
    default: '`documents`',
  },
  ...fieldTexts(),
  'collections.*.filter': {
    meaning:
      'Column, or column.key, to the text it must equal, or to a list of such texts. Rows outside the filter are no ' +
      'part of the collection.',
    default: 'none',
  },
  'collections.*.vectors': {
    meaning: 'Where the vectors are: see below.',
    default: byTable((one) => `\`{in: ${one.vectors.in}}\``),
  },
  'collections.*.max_age_days': {
    meaning: 'Age limit of this collection. It overrides the parameter of the job.',
    default: byTable((one) => (one.maxAgeDays === null ? 'the parameter of the job' : `\`${one.maxAgeDays}\``)),
  },
  'collections.*.accept': {
    meaning:
      'Names of cascades, triggers, rules, constraints, `row_level_security` and `restore` that a person has accepted.',
    default: 'none',
  },
  'collections.*.share_of': {
    meaning:
      'The rows of which the brake measures shares: the rows of the collection, or all rows of its table. `table` is for a ' +
      'filter that takes the rows which the application has marked as deleted.',
    default: '`collection`',
  },
  'vectors.none': { meaning: 'There are no vectors, or another system keeps them.' },
  'vectors.row': { meaning: 'A column of the row holds its vector.' },
  'vectors.row.column': { meaning: 'That column.' },
  'vectors.table': { meaning: 'A table in the same database holds chunks, each with a vector.' },
  'vectors.table.table': {
    meaning: 'The table of the chunks.',
    default: `\`${chunkTable?.table.schema}.${chunkTable?.table.name}\` for \`documents\`, else \`${namedTable?.schema}.${namedTable?.name}\``,
  },
  'vectors.table.id': { meaning: 'Column that names a chunk.', default: `\`${chunkTable?.id}\`` },
  'vectors.table.document': {
    meaning: "Column with the id of the chunk's row.",
    default: `\`${chunkTable?.document}\``,
  },
  'vectors.table.text': { meaning: 'Column with the text of the chunk.', default: `\`${chunkTable?.text}\`` },
  'vectors.table.vector': { meaning: 'Column with the vector.', default: `\`${chunkTable?.vector}\`` },
  'vectors.weaviate': { meaning: 'Objects of a Weaviate class are the chunks.' },
  'vectors.weaviate.class': { meaning: 'The class.', default: `\`${weaviateClass?.class}\`` },
  'vectors.weaviate.document': {
    meaning: "Property with the id of the chunk's row.",
    default: `\`${weaviateClass?.document}\``,
  },
  'vectors.weaviate.workspace': {
    meaning: 'Property with the workspace. `null`: objects have none.',
    default: `\`${weaviateClass?.workspace}\``,
  },
  'vectors.weaviate.chunk': {
    meaning: "Property with the chunk's own id. `null`: the uuid of the object is the id.",
    default: `\`${weaviateClass?.chunk}\``,
  },
  'vectors.weaviate.text': { meaning: 'Property with the text of the chunk.', default: `\`${weaviateClass?.text}\`` },
};
