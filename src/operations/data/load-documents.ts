import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Parts } from '../../assemble.ts';
import type { InputLine } from './load/lines-of-file.ts';
import { Load } from './load/load.ts';
import type { LoadOptions, LoadResult } from './load/result.ts';
import { loadTarget } from './load/target.ts';

export type { DocumentLine } from './load/document-line.ts';
export { linesOfFile } from './load/lines-of-file.ts';
export type { LineProblem } from './load/problem-list.ts';
export type { LoadOptions, LoadResult } from './load/result.ts';

/** The batch before is written meanwhile: the store's answers are heard between two turns. */
const linesPerTurn = 8;

/**
 * Loads documents from lines of JSON. Bad lines are reported by number, good ones load; a document that stands already
 * is replaced together with its chunks. Two batches at most are in memory: one being written, one being read.
 */
export async function loadDocuments(
  parts: Parts,
  source: AsyncIterable<InputLine>,
  options: LoadOptions = {},
): Promise<LoadResult> {
  const target = await loadTarget(parts, options.collection);
  const load = new Load(target, await target.writer.dimensions(), options);
  try {
    let number = 0;
    for await (const line of source) {
      number++;
      if (number % linesPerTurn === 0) await nextTurn();
      options.signal?.throwIfAborted();
      await load.take(number, line);
    }
    return await load.finish();
  } catch (error) {
    await load.settle();
    throw error;
  }
}
