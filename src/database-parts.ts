import type { Config } from './config/config.ts';
import { openDatabase } from './database/database.ts';
import type { Db } from './database/schema.ts';
import { renamedResultTables } from './state/intelligence/tables.ts';

/** The parts that suffice for what concerns Coppice's own tables only, and that load in a fraction of the time of all `Parts`. */
export interface DatabaseParts {
  readonly config: Config;
  readonly db: Db;
  close(): Promise<void>;
}

/** Connects at the first statement. */
export function openDatabaseParts(config: Config, databaseUrl: string, applicationName: string): DatabaseParts {
  const db = openDatabase({
    url: databaseUrl,
    maxConnections: config.database.maxConnections,
    applicationName,
    renamed: renamedResultTables(config.intelligence.tables),
  });
  return { config, db, close: () => db.destroy() };
}
