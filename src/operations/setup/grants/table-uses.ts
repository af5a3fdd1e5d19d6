import type { Config } from '../../../config/config.ts';
import { childMembers } from '../../../domain/children.ts';
import type { GraphMapping, GraphTable } from '../../../domain/graph-mapping.ts';
import { fieldOf, kindOf } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping, Field, TableName } from '../../../domain/mapping.ts';
import { type MergeFields, typeFieldOf } from '../../../domain/merging/merge-fields.ts';
import { whyNotRewritable, whyNotSwept } from '../../../domain/needs.ts';
import { type MappedResultTables, ownResultTable, resultTables } from '../../../domain/result-tables.ts';
import { idColumns } from '../../../domain/row-id.ts';
import { isSweep } from '../../../jobs/facts.ts';
import { knownJobs } from '../../../jobs/index.ts';
import type { SweepJob } from '../../../jobs/job.ts';
import { memoryConsolidation } from '../../../jobs/memory-consolidation.ts';
import { resultColumns } from '../../../state/intelligence/tables.ts';
import { resultNames } from '../../../stores/postgres/graph/results.ts';

/** A table of the application's, and what Coppice does with it. */
export interface TableUse {
  readonly table: TableName;
  /**
   * `children`: rows of it go and come back with the row that they belong to. `looked_up`: a row of it says which partition a row belongs to. Of a graph: `items` go and come back, `documents` are
   * read and marked, `results` are written by a recompute; of a graph elsewhere, `vectors` go and come back unlocked.
   */
  readonly part: 'rows' | 'chunks' | 'children' | 'looked_up' | 'items' | 'documents' | 'results' | 'vectors';
  /** Names a row. */
  readonly id: string;
  /** Columns that surveys and checks read; `null`: they read rows whole. */
  readonly read: readonly string[] | null;
  /** Columns that jobs, a refresh or a deprecation write, none where there is neither; `null`: they write any column. */
  readonly written: readonly string[] | null;
  readonly coppiceMakes: boolean;
}

/** Every table that the configured collections and graphs are in. */
export function usesOf({ collections, graphs, model = null, embeddings, intelligence }: Data): TableUse[] {
  const unites = model !== null && embeddings !== undefined && embeddings.provider !== 'weaviate';
  const asked = collections.some((mapping) => kindOf(mapping) === 'queries');
  return [
    ...collections.flatMap((mapping) => tablesOf(mapping, unites)),
    ...(asked ? resultUses(intelligence?.tables ?? {}) : []),
    ...graphs.flatMap(graphTables),
  ];
}

/** Without a model, or where Weaviate makes the vectors, no text of two memories is written. */
interface Data extends Partial<Pick<Config, 'model' | 'embeddings' | 'intelligence'>> {
  readonly collections: readonly CollectionMapping[];
  readonly graphs: readonly GraphMapping[];
}

function graphTables({ name, mapped, place, merging, vectorsBeside: beside }: GraphMapping): TableUse[] {
  if (place.in !== 'postgres') {
    return beside?.in === 'postgres'
      ? [itemsUse(beside, !beside.mapped, 'vectors', beside.document, beside.entity)]
      : [];
  }
  const { documents, entities, mentions, relations, vectors } = place;
  const archive = merging?.relations.archiveTable;
  const { results, versions } = resultNames({ name, place });
  const use = (part: TableUse['part'], one: GraphTable, ...more: (string | null)[]) =>
    itemsUse(one, !mapped, part, ...more);
  // A merge writes that an edge or a vector belongs to another entity.
  const moved = (one: TableUse, ...ends: (string | null)[]): TableUse => {
    if (merging === undefined || one.written === null) return one;
    return { ...one, written: unique([...one.written, ...ends.filter((end) => end !== null)]) };
  };
  // A merge fills whatever the one that stays lacks, and a fact is archived as the survey read it whole.
  const ofFacts = merging !== undefined && merging.relations.text !== null ? { read: null, written: null } : {};
  const ofEntities = merging === undefined ? {} : { written: null };
  const written = (table: TableName): TableUse => ({
    ...{ table, part: 'results', id: 'group_id', coppiceMakes: true },
    read: ['group_id'],
    written: [],
  });
  return [
    use('documents', documents),
    { ...use('items', entities, ...comparedColumns(merging)), ...ofEntities },
    ...(mentions === null
      ? []
      : [moved(use('items', { ...mentions, id: mentions.entity }, mentions.document), mentions.entity)]),
    {
      ...moved(
        use('items', relations, relations.source, relations.target, relations.document, relations.weight),
        ...[relations.source, relations.target],
      ),
      ...ofFacts,
    },
    ...(archive === undefined
      ? []
      : [itemsUse({ ...relations, table: archive, createdAt: null, deprecatedAt: null }, false, 'items')]),
    ...(vectors === null ? [] : [moved(use('items', vectors, vectors.document, vectors.entity), vectors.entity)]),
    written(results),
    written(versions),
  ];
}

/** Columns of entities that a search for duplicates reads. */
function comparedColumns(merging: MergeFields | undefined): (string | null)[] {
  if (merging === undefined) return [];
  const { name, description, vector, properties, pinned = null } = merging.entities;
  return [name, typeFieldOf(merging.entities), description, vector, pinned, ...(properties ?? [])];
}

function itemsUse(
  { table, id, group, createdAt, deprecatedAt }: GraphTable,
  coppiceMakes: boolean,
  part: TableUse['part'],
  ...more: (string | null)[]
): TableUse {
  const named = more.flatMap((column) => column ?? []);
  return {
    ...{ table, part, id, coppiceMakes },
    read: unique([id, group, ...columnsOf([createdAt, deprecatedAt]), ...named]),
    written: columnsOf([deprecatedAt]),
  };
}

/** Tables of what Coppice finds out about questions. */
function resultUses(mapped: MappedResultTables): TableUse[] {
  return resultTables.map((name) => {
    const table = mapped[name];
    return {
      ...{ table: table ?? ownResultTable(name), part: 'results', id: 'collection', coppiceMakes: table === undefined },
      read: table === undefined ? ['collection'] : Object.keys(resultColumns(name).columns),
      written: [],
    };
  });
}

function tablesOf(mapping: CollectionMapping, unites: boolean): TableUse[] {
  const { table, vectors } = mapping;
  const id = idColumns(mapping);
  const coppiceMakes = !mapping.mapped;
  const writing = knownJobs()
    .filter(isSweep)
    .filter((job) => writes(job, mapping));
  const asked = [
    ...(writing.some((job) => job.rewrites === true) ? [mapping.url, mapping.quality] : []),
    // A refresh writes the text of documents; copies of memories are found by theirs.
    ...(kindOf(mapping) === 'memories' ? [mapping.content, mapping.contentHash] : []),
    ...Object.values(mapping.fields ?? {}),
  ];
  const given = [mapping.document, mapping.partition, mapping.expiresAt, mapping.fetchedAt, ...mapping.filter];
  const fields = given.filter((field) => field !== null);
  return [
    {
      // Rows are locked, which asks for UPDATE on one column, whichever.
      ...{ table, part: 'rows' as const, id: id[0] ?? '', coppiceMakes },
      read: unique([...id, ...fields.map((field) => field.column), ...columnsOf(asked)]),
      written: unique([
        ...columnsOf(writing.flatMap((job) => (job.writes ?? []).map((name) => fieldOf(mapping, name)))),
        ...(unites ? unitedColumns(mapping) : []),
      ]),
    },
    ...fields.flatMap(lookedUp),
    ...childUses(mapping),
    ...(vectors.in === 'table'
      ? [
          {
            table: vectors.table,
            part: 'chunks' as const,
            id: vectors.id,
            written: [],
            read: unique([vectors.document, vectors.id]),
            // A chunk table elsewhere is the application's, whoever makes the rows.
            coppiceMakes: coppiceMakes && vectors.table.schema === table.schema,
          },
        ]
      : []),
  ];
}

/** Columns that receive the text of two memories, its vector and its hash; none where texts stay as they are. */
function unitedColumns(mapping: CollectionMapping): string[] {
  const { vectors } = mapping;
  const { needs } = memoryConsolidation;
  if (vectors.in !== 'row' || needs === undefined || whyNotSwept(mapping, needs) !== null) return [];
  return [...columnsOf([fieldOf(mapping, 'content'), fieldOf(mapping, 'content_hash')]), vectors.column];
}

/** Rows of a table that has children of its own are locked, too. */
function childUses(mapping: CollectionMapping): TableUse[] {
  const members = childMembers(mapping);
  return members.map(({ child }, at) => ({
    ...{ table: child.table, part: 'children', id: child.id[0] ?? '', coppiceMakes: false },
    read: unique([...child.id, ...child.parent.map(({ field }) => field.column)]),
    written: members.some(({ parent }) => parent === at) ? child.id.slice(0, 1) : [],
  }));
}

/** Whether a job sweeps the collection and writes values of its rows. */
function writes({ needs, writes: written, rewrites }: SweepJob, mapping: CollectionMapping): boolean {
  if (needs === undefined || written === undefined || whyNotSwept(mapping, needs) !== null) return false;
  return rewrites !== true || whyNotRewritable(mapping) === null;
}

function columnsOf(fields: readonly (Field | null)[]): string[] {
  return unique(fields.flatMap((field) => (field === null ? [] : [field.column])));
}

function lookedUp({ through }: Field): TableUse[] {
  if (through === undefined) return [];
  const { table, key, value } = through;
  return [{ table, part: 'looked_up', id: key, read: unique([key, value]), written: [], coppiceMakes: false }];
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
