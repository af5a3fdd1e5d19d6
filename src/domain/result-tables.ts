import type { TableName } from './mapping.ts';

/** Tables of results about questions. */
export const resultTables = ['topic_extractions', 'user_insights', 'org_knowledge', 'intelligence_reports'] as const;
export type ResultTable = (typeof resultTables)[number];

/** Tables of the application's that hold results in place of Coppice's own. */
export type MappedResultTables = Readonly<Partial<Record<ResultTable, TableName>>>;

/** The name of the table that Coppice makes where none is mapped. */
export function ownResultTable(name: ResultTable): TableName {
  return { schema: 'knowledge', name };
}
