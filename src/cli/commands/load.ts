import type { Command } from 'commander';
import type { LineProblem } from '../../operations/data/load-documents.ts';
import { withSession } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { createCounter } from '../progress.ts';
import { stopOnSignals } from '../signals.ts';

export function loadCommand(program: Command): void {
  const load = program.command('load').description('load data into the default schema');
  load
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
        const { linesOfFile, loadDocuments } = await import('../../operations/data/load-documents.ts');
        const { migrateAll } = await import('../../prepare.ts');
        const signal = stopOnSignals();
        const lines = linesOfFile(file, { signal });
        await migrateAll(parts);
        const progress = createCounter(output.json);
        const result = await loadDocuments(parts, lines, { ...options, signal, onProgress: progress.show });
        progress.stop();
        output.result(result, () => [
          `${result.loaded_documents} documents and ${result.loaded_vectors} vectors loaded into ${result.collection}`,
          ...(result.embedder === null ? [] : [`vectors made by: ${result.embedder}`]),
          ...describeProblems(result),
        ]);
        return result.failed_lines === 0 ? exitCodes.success : exitCodes.partial;
      }),
    );
  load
    .command('graph')
    .description('load a graph from JSON lines; a bad line is reported by number, the good ones load')
    .argument('<file>', 'a .jsonl file, or - for standard input')
    .option('--graph <name>', 'the graph to load into; may be left out where there is one')
    .addHelpText(
      'after',
      `
Each line: type (document, entity, mention, relation or vector), group_id and id; ends as document, source, target and
entity; optionally name, entity_type, summary, embedding, weight, created_at, deprecated_at. A mention has no id. Documents
and entities stand before the lines that name them.`,
    )
    .action((file: string, options: { graph?: string }, command: Command) =>
      withSession(command, async ({ parts, context }, output) => {
        const { linesOfFile } = await import('../../operations/data/load-documents.ts');
        const { loadGraph } = await import('../../operations/data/load-graph.ts');
        const { migrateAll } = await import('../../prepare.ts');
        const signal = stopOnSignals();
        const lines = linesOfFile(file, { signal });
        await migrateAll(parts);
        const progress = createCounter(output.json);
        const graph = options.graph ?? null;
        const result = await loadGraph(context, lines, { graph, signal, onProgress: progress.show });
        progress.stop();
        const { loaded } = result;
        output.result(result, () => [
          `loaded into ${result.graph}: ${Object.entries(loaded)
            .map(([type, count]) => `${count} ${type} lines`)
            .join(', ')}`,
          ...describeProblems(result),
        ]);
        return result.failed_lines === 0 ? exitCodes.success : exitCodes.partial;
      }),
    );
  load
    .command('memories')
    .description('load memories from JSON lines; a bad line is reported by number, the good ones load')
    .argument('<file>', 'a .jsonl file, or - for standard input')
    .option('--collection <name>', 'the collection to load into; may be left out where there is one of memories')
    .addHelpText(
      'after',
      `
Each line: id, user, and optionally bot, content, content_hash, tier, score, created_at, last_accessed_at, access_count,
pinned, links (ids of other memories), expires_at, vector.`,
    )
    .action((file: string, options: { collection?: string }, command: Command) =>
      withSession(command, async ({ parts }, output) => {
        const { linesOfFile } = await import('../../operations/data/load-documents.ts');
        const { loadMemories } = await import('../../operations/data/load-memories.ts');
        const { migrateAll } = await import('../../prepare.ts');
        const signal = stopOnSignals();
        const lines = linesOfFile(file, { signal });
        await migrateAll(parts);
        const progress = createCounter(output.json);
        const result = await loadMemories(parts, lines, { ...options, signal, onProgress: progress.show });
        progress.stop();
        output.result(result, () => [
          `${result.loaded_memories} memories loaded into ${result.collection}`,
          ...describeProblems(result),
        ]);
        return result.failed_lines === 0 ? exitCodes.success : exitCodes.partial;
      }),
    );
  loadProfilesCommand(load);
  loadQueriesCommand(load);
}

function loadProfilesCommand(load: Command): void {
  load
    .command('profiles')
    .description('load attributes of profiles from JSON lines; a bad line is reported by number, the good ones load')
    .argument('<file>', 'a .jsonl file, or - for standard input')
    .option('--collection <name>', 'the collection to load into; may be left out where there is one of attributes')
    .addHelpText(
      'after',
      `
Each line: entity_id, key and value, and optionally id, entity_type (user), bot_id, category (misc), confidence, source,
updated_at (now). A line with the id of a stored attribute replaces it.`,
    )
    .action((file: string, options: { collection?: string }, command: Command) =>
      withSession(command, async ({ parts }, output) => {
        const { linesOfFile } = await import('../../operations/data/load-documents.ts');
        const { loadProfiles } = await import('../../operations/data/load-profiles.ts');
        const { migrateAll } = await import('../../prepare.ts');
        const signal = stopOnSignals();
        const lines = linesOfFile(file, { signal });
        await migrateAll(parts);
        const progress = createCounter(output.json);
        const result = await loadProfiles(parts, lines, { ...options, signal, onProgress: progress.show });
        progress.stop();
        output.result(result, () => [
          `${result.loaded_attributes} attributes loaded into ${result.collection}`,
          ...describeProblems(result),
        ]);
        return result.failed_lines === 0 ? exitCodes.success : exitCodes.partial;
      }),
    );
}

function loadQueriesCommand(load: Command): void {
  load
    .command('queries')
    .description('load questions of users from JSON lines; a bad line is reported by number, the good ones load')
    .argument('<file>', 'a .jsonl file, or - for standard input')
    .option('--collection <name>', 'the collection to load into; may be left out where there is one of queries')
    .addHelpText(
      'after',
      `
Each line: id, user and question, and optionally answer, asked_at (now), answer_score (0 to 1), vector. A line with the id
of a stored question of the same user replaces it.`,
    )
    .action((file: string, options: { collection?: string }, command: Command) =>
      withSession(command, async ({ parts }, output) => {
        const { linesOfFile } = await import('../../operations/data/load-documents.ts');
        const { loadQueries } = await import('../../operations/data/load-queries.ts');
        const { migrateAll } = await import('../../prepare.ts');
        const signal = stopOnSignals();
        const lines = linesOfFile(file, { signal });
        await migrateAll(parts);
        const progress = createCounter(output.json);
        const result = await loadQueries(parts, lines, { ...options, signal, onProgress: progress.show });
        progress.stop();
        output.result(result, () => [
          `${result.loaded_queries} questions loaded into ${result.collection}`,
          ...describeProblems(result),
        ]);
        return result.failed_lines === 0 ? exitCodes.success : exitCodes.partial;
      }),
    );
}

function describeProblems({
  problems,
  failed_lines,
}: {
  problems: readonly LineProblem[];
  failed_lines: number;
}): string[] {
  return [
    ...problems.map((problem) => `line ${problem.line}: ${problem.message}`),
    ...(failed_lines > problems.length ? [`… ${failed_lines - problems.length} more bad lines`] : []),
  ];
}
