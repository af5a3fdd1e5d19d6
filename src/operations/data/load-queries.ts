import type { Parts } from '../../assemble.ts';
import { inTransaction } from '../../stores/postgres/chunks/chunk-table.ts';
import { loadQueryRows } from '../../stores/postgres/load-queries.ts';
import { statementTimeoutMs } from './load/batch-writer.ts';
import type { InputLine } from './load/lines-of-file.ts';
import { type LineLoader, type LoadOptions, loadLines } from './load/load-lines.ts';
import { loadableOf } from './load/loadable.ts';
import type { LineProblem } from './load/problem-list.ts';
import { type QueryLine, readQueryLine } from './load/query-line.ts';

export interface QueryLoadResult {
  readonly collection: string;
  readonly loaded_queries: number;
  readonly failed_lines: number;
  /** The first hundred. */
  readonly problems: readonly LineProblem[];
}

export interface QueryLoadOptions extends LoadOptions {
  /** Not needed where there is one collection of queries in the default schema. */
  readonly collection?: string | undefined;
}

const ofAnother = 'its id exists for another user already: the question was not written';

/**
 * Loads questions from lines of JSON into a collection of the default schema. Bad lines are reported by number, good ones
 * load; a question of the same user with the same id is replaced.
 */
export async function loadQueries(
  { db, collections }: Pick<Parts, 'db' | 'collections'>,
  source: AsyncIterable<InputLine>,
  { collection, ...options }: QueryLoadOptions = {},
): Promise<QueryLoadResult> {
  const mappings = collections.map(({ store }) => store.mapping);
  const mapping = loadableOf(mappings, 'queries', collection);
  const loader: LineLoader<QueryLine> = {
    read: readQueryLine,
    write: async (lines) => {
      const written = await inTransaction(db, statementTimeoutMs, options.signal, (tx) =>
        loadQueryRows(tx, mapping, lines),
      );
      return new Map(lines.flatMap((line) => (written.get(line.id) === line.user ? [] : [[line, ofAnother]])));
    },
  };
  const { loaded, problems } = await loadLines(source, loader, options);
  return {
    collection: mapping.name,
    loaded_queries: loaded,
    failed_lines: problems.count,
    problems: problems.first(),
  };
}
