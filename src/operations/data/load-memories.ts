import type { Parts } from '../../assemble.ts';
import { kindOf } from '../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';
import { inTransaction } from '../../stores/postgres/chunks/chunk-table.ts';
import { loadMemoryRows } from '../../stores/postgres/load-memories.ts';
import { statementTimeoutMs } from './load/batch-writer.ts';
import type { InputLine } from './load/lines-of-file.ts';
import { type MemoryLine, readMemoryLine } from './load/memory-line.ts';
import { type LineProblem, ProblemList } from './load/problem-list.ts';
import { NotLoadableError } from './load/target.ts';
import { type NumberedLine, writeAccepted } from './load/write-accepted.ts';

export interface MemoryLoadResult {
  readonly collection: string;
  readonly loaded_memories: number;
  readonly failed_lines: number;
  /** The first hundred. */
  readonly problems: readonly LineProblem[];
}

export interface MemoryLoadOptions {
  /** Not needed where there is one collection of memories in the default schema. */
  readonly collection?: string | undefined;
  readonly signal?: AbortSignal;
  /** Called with the lines read and the memories written so far. */
  readonly onProgress?: (progress: { lines: number; loaded: number }) => void;
}

/** Lines that are written together. */
const batchLines = 1_000;

/**
 * Loads memories from lines of JSON into a collection of the default schema. Bad lines are reported by number, good ones
 * load; a memory with the same id is replaced.
 */
export async function loadMemories(
  { db, collections }: Pick<Parts, 'db' | 'collections'>,
  source: AsyncIterable<InputLine>,
  options: MemoryLoadOptions = {},
): Promise<MemoryLoadResult> {
  const mapping = targetOf(
    collections.map(({ store }) => store.mapping),
    options.collection,
  );
  const problems = new ProblemList();
  let batch: NumberedLine<MemoryLine>[] = [];
  let [number, loaded] = [0, 0];
  const flush = async () => {
    const write = (lines: readonly MemoryLine[]) =>
      inTransaction(db, statementTimeoutMs, options.signal, (tx) => loadMemoryRows(tx, mapping, lines));
    loaded += (await writeAccepted(write, batch, problems, options.signal)).length;
    options.onProgress?.({ lines: number, loaded });
    batch = [];
  };
  for await (const line of source) {
    number += 1;
    options.signal?.throwIfAborted();
    if (typeof line === 'string' && line.trim() === '') continue;
    const reading = readMemoryLine(line);
    if ('problem' in reading) problems.add(number, reading.problem);
    else batch.push({ number, line: reading.line });
    if (batch.length >= batchLines) await flush();
  }
  await flush();
  return {
    collection: mapping.name,
    loaded_memories: loaded,
    failed_lines: problems.count,
    problems: problems.first(),
  };
}

function targetOf(mappings: readonly CollectionMapping[], name: string | undefined): CollectionMapping {
  const loadable = mappings.filter((one) => kindOf(one) === 'memories' && !one.mapped);
  const [only, ...others] = loadable;
  const chosen = name === undefined && others.length === 0 ? only : loadable.find((one) => one.name === name);
  if (chosen !== undefined) return chosen;
  const names = loadable.map((one) => one.name);
  const what = name === undefined ? 'no collection is named' : `collection '${name}' cannot be loaded with memories`;
  throw new NotLoadableError(
    what,
    names.length > 0
      ? `Collections of memories in the default schema: ${names.join(', ')}.`
      : 'Add one to the configuration: collections: {memories: {kind: memories}}. It gets a table in schema knowledge.',
  );
}
