import { builtInEmbedderName } from '../../../language/built-in-embedder.ts';
import { readDocumentLine } from './document-line.ts';
import type { InputLine } from './lines-of-file.ts';
import { dimensionProblem, dimensionsOf, type PreparedDocument, prepareDocument } from './prepare-document.ts';
import { ProblemList } from './problem-list.ts';
import type { LoadOptions, LoadResult } from './result.ts';
import type { LoadTarget } from './target.ts';
import { nothingWritten, sum, writeBatch } from './write-batch.ts';

const defaultBatchSize = 500;
/** A batch is written once it is this heavy, however few its documents. */
const batchBytes = 8 * 1024 * 1024;
const manyDocuments = 1_000;

/** One load under way: one batch being filled, and one being written. */
export class Load {
  readonly #target: LoadTarget;
  readonly #options: LoadOptions;
  readonly #problems = new ProblemList();
  #dimensions: number | null;
  #batch = new Map<string, PreparedDocument>();
  #weightBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #written = nothingWritten;
  #lines = 0;

  constructor(target: LoadTarget, dimensions: number | null, options: LoadOptions) {
    this.#target = target;
    this.#dimensions = dimensions;
    this.#options = options;
  }

  async take(number: number, line: InputLine): Promise<void> {
    if (typeof line === 'string' && line.trim() === '') return;
    this.#lines++;
    const document = this.#read(number, line);
    if (document === null) return;
    // The later of two lines replaces the earlier, as it would from another file.
    if (this.#batch.has(document.row.id)) await this.#flush();
    this.#batch.set(document.row.id, document);
    this.#weightBytes += document.weightBytes;
    const size = this.#options.batchSize ?? defaultBatchSize;
    if (this.#batch.size >= size || this.#weightBytes >= batchBytes) await this.#flush();
    const [first] = document.chunks;
    if (this.#dimensions !== null || first === undefined) return;
    // The first vectors decide for all that follow: only once they stand.
    const before = this.#written.vectors;
    await this.#flush();
    await this.#writing;
    if (this.#written.vectors > before) this.#dimensions = dimensionsOf(first);
  }

  async finish(): Promise<LoadResult> {
    await this.#flush();
    await this.#writing;
    if (this.#written.documents >= manyDocuments) await this.#target.writer.tidy();
    return {
      collection: this.#target.mapping.name,
      lines: this.#lines,
      loaded_documents: this.#written.documents,
      loaded_vectors: this.#written.vectors,
      failed_lines: this.#problems.count,
      problems: this.#problems.first(),
      embedder: this.#written.embedded ? builtInEmbedderName : null,
    };
  }

  /** Nothing is being written any more, however that ended. */
  async settle(): Promise<void> {
    await Promise.allSettled([this.#writing]);
  }

  #read(number: number, line: InputLine): PreparedDocument | null {
    const reading = readDocumentLine(number === 1 ? withoutMark(line) : line);
    const document =
      'document' in reading ? prepareDocument(number, reading.document, this.#target.keepsVectors) : null;
    const problem = 'problem' in reading ? reading.problem : this.#misfit(document);
    if (problem === null) return document;
    this.#problems.add(number, problem);
    return null;
  }

  #misfit(document: PreparedDocument | null): string | null {
    return document === null ? null : dimensionProblem(document, this.#dimensions);
  }

  async #flush(): Promise<void> {
    await this.#writing;
    if (this.#batch.size === 0) return;
    const batch = [...this.#batch.values()];
    this.#batch = new Map();
    this.#weightBytes = 0;
    this.#writing = this.#write(batch);
    // It is awaited before the next; until then its failure must not end the process.
    this.#writing.catch(() => {});
  }

  async #write(batch: readonly PreparedDocument[]): Promise<void> {
    const { onProgress, signal } = this.#options;
    this.#written = sum(this.#written, await writeBatch(this.#target.writer, batch, this.#problems, signal));
    onProgress?.({ lines: this.#lines, loaded: this.#written.documents });
  }
}

/** Some programs begin a file with a byte order mark, which is no part of its first line. */
function withoutMark(line: InputLine): InputLine {
  return typeof line === 'string' && line.startsWith('\uFEFF') ? line.slice(1) : line;
}
