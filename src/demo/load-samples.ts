import { sql } from 'kysely';
import { defaultSchema } from '../config/mapping.ts';
import { tableRef } from '../database/identifiers.ts';
import type { Context } from '../operations/context.ts';
import { loadDocuments } from '../operations/data/load-documents.ts';
import { loadGraph } from '../operations/data/load-graph.ts';
import { loadMemories } from '../operations/data/load-memories.ts';
import { loadProfiles } from '../operations/data/load-profiles.ts';
import { loadQueries } from '../operations/data/load-queries.ts';
import { packageRoots } from './markdown-files.ts';
import { packageGraph } from './package-graph.ts';
import { sampleMemories, sampleProfiles, sampleQuestions, unreachablePage } from './samples.ts';

/** Numbers of lines that were loaded; 0 where there were rows before. */
export interface LoadedSamples {
  readonly memories: number;
  readonly questions: number;
  readonly attributes: number;
  readonly entities: number;
}

/** Fills what is empty of the demo's collections and graph: memories, questions, profiles, and a graph of packages. */
export async function loadSamples(
  context: Context,
  now: Date,
  roots: readonly string[] = packageRoots(import.meta.url),
): Promise<LoadedSamples> {
  const { parts } = context;
  const isEmpty = async (table: string) => {
    const { rows } = await sql`select from ${tableRef({ schema: defaultSchema, name: table })} limit 1`.execute(
      parts.db,
    );
    return rows.length === 0;
  };
  const memories = (await isEmpty('memories')) ? await loadMemories(parts, linesOf(sampleMemories(now))) : null;
  const questions = (await isEmpty('questions')) ? await loadQueries(parts, linesOf(sampleQuestions(now))) : null;
  const profiles = (await isEmpty('profiles')) ? await loadProfiles(parts, linesOf(sampleProfiles(now))) : null;
  const graph = (await isEmpty('graph_entities'))
    ? await loadGraph(context, linesOf(await packageGraph(roots, now)), { graph: null })
    : null;
  if (memories !== null) await loadDocuments(parts, linesOf([unreachablePage(now)]), { collection: 'documents' });
  return {
    memories: memories?.loaded_memories ?? 0,
    questions: questions?.loaded_queries ?? 0,
    attributes: profiles?.loaded_attributes ?? 0,
    entities: graph?.loaded.entity ?? 0,
  };
}

async function* linesOf(lines: Iterable<unknown>): AsyncGenerator<string> {
  for (const line of lines) yield JSON.stringify(line);
}
