import type { Command } from 'commander';
import { linesOfFile, loadDocuments } from '../../operations/load-documents.ts';
import { migrateAll } from '../../prepare.ts';
import { withSession } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { createCounter } from '../progress.ts';
import { stopOnSignals } from '../signals.ts';

export function loadCommand(program: Command): void {
  program
    .command('load')
    .description('load data into the default schema')
    .command('documents')
    .description('load documents from JSON lines; a bad line is reported by number, the good ones load')
    .argument('<file>', 'a .jsonl file, or - for standard input')
    .option('--collection <name>', 'the collection to load into; may be left out where only one can be loaded')
    .addHelpText(
      'after',
      `
Each line: id, workspace, and optionally url, title, content, quality, fetched_at, expires_at, chunks (id, text, vector).
Chunks without vectors are embedded by a small built-in embedder that finds shared words, no meaning.`,
    )
    .action((file: string, options: { collection?: string }, command: Command) =>
      withSession(command, async ({ parts }, output) => {
        const signal = stopOnSignals();
        const lines = linesOfFile(file, { signal });
        await migrateAll(parts);
        const progress = createCounter(output.json);
        const result = await loadDocuments(parts, lines, { ...options, signal, onProgress: progress.show });
        progress.stop();
        output.result(result, () => [
          `${result.loaded_documents} documents and ${result.loaded_vectors} vectors loaded into ${result.collection}`,
          ...(result.embedder === null ? [] : [`vectors made by: ${result.embedder}`]),
          ...result.problems.map((problem) => `line ${problem.line}: ${problem.message}`),
          ...(result.failed_lines > result.problems.length
            ? [`… ${result.failed_lines - result.problems.length} more bad lines`]
            : []),
        ]);
        return result.failed_lines === 0 ? exitCodes.success : exitCodes.partial;
      }),
    );
}
