import type { CollectionMapping, Field, TableName } from '../../domain/mapping.ts';
import { whyNotRefreshable } from '../../domain/refresh.ts';

/** A table of the application's, and what Coppice does with it. */
export interface TableUse {
  readonly table: TableName;
  /** `looked_up`: a row of it says which partition a row belongs to. */
  readonly part: 'rows' | 'chunks' | 'looked_up';
  /** Names a row. */
  readonly id: string;
  /** Columns that surveys and checks read. */
  readonly read: readonly string[];
  /** Columns that a refresh writes; none where the collection cannot be refreshed. */
  readonly written: readonly string[];
  readonly coppiceMakes: boolean;
}

export function tablesOf(mapping: CollectionMapping): TableUse[] {
  const { table, id, vectors } = mapping;
  const coppiceMakes = !mapping.mapped;
  const refreshes = whyNotRefreshable(mapping) === null;
  const asked = refreshes ? [mapping.url, mapping.quality] : [];
  const given = [mapping.document, mapping.workspace, mapping.expiresAt, mapping.fetchedAt, ...mapping.filter];
  const fields = given.filter((field) => field !== null);
  return [
    {
      ...{ table, part: 'rows' as const, id, coppiceMakes },
      read: unique([id, ...fields.map((field) => field.column), ...columnsOf(asked)]),
      written: refreshes ? columnsOf(writtenFields(mapping)) : [],
    },
    ...fields.flatMap(lookedUp),
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

function writtenFields({ title, content, contentHash, quality, fetchedAt, expiresAt }: CollectionMapping) {
  return [title, content, contentHash, quality, fetchedAt, expiresAt];
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
