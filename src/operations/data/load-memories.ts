import type { Parts } from '../../assemble.ts';
import { inTransaction } from '../../stores/postgres/chunks/chunk-table.ts';
import { loadMemoryRows } from '../../stores/postgres/load-memories.ts';
import { statementTimeoutMs } from './load/batch-writer.ts';
import type { InputLine } from './load/lines-of-file.ts';
import { type LineLoader, type LoadOptions, loadLines } from './load/load-lines.ts';
import { loadableOf } from './load/loadable.ts';
import { type MemoryLine, readMemoryLine } from './load/memory-line.ts';
import type { LineProblem } from './load/problem-list.ts';

export interface MemoryLoadResult {
  readonly collection: string;
  readonly loaded_memories: number;
  readonly failed_lines: number;
  /** The first hundred. */
  readonly problems: readonly LineProblem[];
}

export interface MemoryLoadOptions extends LoadOptions {
  /** Not needed where there is one collection of memories in the default schema. */
  readonly collection?: string | undefined;
}

const ofAnother = 'its id exists for another user already: the memory was not written';

/**
 * Loads memories from lines of JSON into a collection of the default schema. Bad lines are reported by number, good ones
 * load; a memory of the same user with the same id is replaced.
 */
export async function loadMemories(
  { db, collections }: Pick<Parts, 'db' | 'collections'>,
  source: AsyncIterable<InputLine>,
  { collection, ...options }: MemoryLoadOptions = {},
): Promise<MemoryLoadResult> {
  const mappings = collections.map(({ store }) => store.mapping);
  const mapping = loadableOf(mappings, 'memories', collection);
  const loader: LineLoader<MemoryLine> = {
    read: readMemoryLine,
    write: async (lines) => {
      const written = await inTransaction(db, statementTimeoutMs, options.signal, (tx) =>
        loadMemoryRows(tx, mapping, lines),
      );
      return new Map(lines.flatMap((line) => (written.get(line.id) === line.user ? [] : [[line, ofAnother]])));
    },
  };
  const { loaded, problems } = await loadLines(source, loader, options);
  return {
    collection: mapping.name,
    loaded_memories: loaded,
    failed_lines: problems.count,
    problems: problems.first(),
  };
}
