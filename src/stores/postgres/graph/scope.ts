import type { GraphMapping, PostgresGraph } from '../../../domain/graph-mapping.ts';

/** A graph whose tables are in PostgreSQL. */
export interface PostgresMapping extends GraphMapping {
  readonly place: PostgresGraph;
}
