import { z } from 'zod';
import type { GraphMapping } from '../domain/graph-mapping.ts';
import type { ChildTable, CollectionMapping, TableName } from '../domain/mapping.ts';
import { type MappedResultTables, ownResultTable, resultTables } from '../domain/result-tables.ts';
import type { IntelligenceConfig } from './config.ts';
import { toTableName } from './mapping.ts';
import { tableName } from './shapes.ts';

/** The section `intelligence`: tables of the application's that hold results about questions. */
export const intelligenceSchema = z
  .strictObject({
    tables: z
      .strictObject({
        topic_extractions: tableName,
        user_insights: tableName,
        org_knowledge: tableName,
        intelligence_reports: tableName,
      })
      .partial(),
  })
  .partial();

type Settings = z.infer<typeof intelligenceSchema>;

interface Data {
  readonly collections: readonly CollectionMapping[];
  readonly graphs: readonly GraphMapping[];
}

export function toIntelligence(settings: Settings | undefined, data: Data, problems: string[]): IntelligenceConfig {
  const given = settings?.tables ?? {};
  const tables: MappedResultTables = Object.fromEntries(
    resultTables.flatMap((name) => {
      const text = given[name];
      return text === undefined ? [] : [[name, toTableName(text)]];
    }),
  );
  problems.push(...tableProblems(tables, data));
  return { tables };
}

/** Results that are written into a table with other content could neither be replaced nor forgotten by themselves. */
function tableProblems(tables: MappedResultTables, data: Data): string[] {
  const own = new Set(resultTables.map((name) => nameOf(ownResultTable(name))));
  const taken = takenTables(data);
  return resultTables.flatMap((name, at) => {
    const table = tables[name];
    if (table === undefined) return [];
    const text = nameOf(table);
    const setting = `intelligence.tables.${name}`;
    const twin = resultTables.slice(0, at).find((other) => tables[other] && nameOf(tables[other]) === text);
    const user = taken.get(text);
    return [
      ...(table.schema === 'coppice'
        ? [`${setting}: schema coppice is for Coppice's own tables; name another one`]
        : []),
      ...(own.has(text)
        ? [`${setting}: ${text} is the name of a table that Coppice makes; leave it out or name another one`]
        : []),
      ...(twin === undefined
        ? []
        : [`${setting}: ${text} is the table of intelligence.tables.${twin} too; name another one`]),
      ...(user === undefined ? [] : [`${setting}: ${user} maps table ${text} too; name another one`]),
    ];
  });
}

/** Tables that collections and graphs are in, each with the setting that names it. */
function takenTables({ collections, graphs }: Data): Map<string, string> {
  const taken = new Map<string, string>();
  const take = (setting: string, ...tables: (TableName | undefined)[]) => {
    for (const table of tables) if (table !== undefined && !taken.has(nameOf(table))) taken.set(nameOf(table), setting);
  };
  for (const { name, table, vectors, partition, children } of collections) {
    const chunks = vectors.in === 'table' ? vectors.table : undefined;
    take(`collections.${name}`, table, chunks, partition.through?.table, ...childTables(children));
  }
  for (const { name, place, merging, vectorsBeside } of graphs) {
    if (vectorsBeside?.in === 'postgres') take(`graphs.${name}`, vectorsBeside.table);
    if (place.in !== 'postgres') continue;
    const { documents, entities, mentions, relations, vectors } = place;
    const parts = [documents, entities, mentions, relations, vectors].map((part) => part?.table);
    take(`graphs.${name}`, ...parts, merging?.relations.archiveTable);
  }
  return taken;
}

function childTables(children: readonly ChildTable[] = []): TableName[] {
  return children.flatMap((child) => [child.table, ...childTables(child.children)]);
}

function nameOf({ schema, name }: TableName): string {
  return `${schema}.${name}`;
}
