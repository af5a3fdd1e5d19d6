import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { catalogue } from '../../src/jobs/index.ts';
import { code, table } from './markdown.ts';

const root = dirname(dirname(import.meta.dirname));

/**
 * The files of each job beyond its catalogue entry. A folder stands for the modules in it. Modules that several jobs share
 * are not listed.
 */
const filesOf: Readonly<Record<string, readonly string[]>> = {
  'ttl-cleanup': [
    'src/domain/rules/expiry.ts',
    'src/stores/postgres/rules/expiry.ts',
    'src/activities/ttl-cleanup.ts',
    'src/workflows/ttl-cleanup.ts',
  ],
  'document-refresh': [
    'src/domain/rules/refresh.ts',
    'src/domain/quality.ts',
    'src/domain/shrunk.ts',
    'src/stores/postgres/rules/refresh.ts',
    'src/stores/postgres/refresh/',
    'src/activities/document-refresh.ts',
    'src/activities/document-refresh/',
    'src/workflows/document-refresh.ts',
  ],
  'memory-decay': [
    'src/domain/rules/decay.ts',
    'src/stores/postgres/rules/decay.ts',
    'src/activities/memory-decay.ts',
    'src/workflows/memory-decay.ts',
  ],
  'memory-dedup': [
    'src/domain/rules/dedup.ts',
    'src/domain/merge-memories.ts',
    'src/stores/postgres/rules/dedup.ts',
    'src/stores/postgres/copies/',
    'src/activities/memory-dedup.ts',
    'src/workflows/memory-dedup.ts',
  ],
  'memory-cleanup': [
    'src/domain/rules/cleanup.ts',
    'src/stores/postgres/rules/cleanup.ts',
    'src/activities/memory-cleanup.ts',
    'src/workflows/memory-cleanup.ts',
  ],
  'memory-consolidation': [
    'src/domain/rules/consolidation.ts',
    'src/domain/consolidation/',
    'src/stores/postgres/rules/consolidation.ts',
    'src/stores/postgres/copies/clusters.ts',
    'src/stores/postgres/copies/rewrite.ts',
    'src/stores/postgres/memories/',
    'src/activities/memory-consolidation/',
    'src/workflows/memory-consolidation.ts',
  ],
  'profile-maintenance': [
    'src/domain/profiles/',
    'src/language/prompts/',
    'src/stores/postgres/attributes/',
    'src/state/proposals/',
    'src/activities/profile-maintenance/',
    'src/workflows/profile-maintenance.ts',
  ],
  'topic-extraction': [
    'src/domain/topics/',
    'src/language/words/',
    'src/stores/postgres/queries/',
    'src/state/intelligence/',
    'src/activities/topic-extraction/',
    'src/workflows/topic-extraction.ts',
  ],
  'insight-generation': [
    'src/domain/insights/',
    'src/activities/insight-generation/',
    'src/workflows/insight-generation.ts',
  ],
  'weekly-report': ['src/domain/reports/', 'src/activities/weekly-report/', 'src/workflows/weekly-report.ts'],
  'group-maintenance': [
    'src/domain/collectors.ts',
    'src/activities/graph/group-maintenance.ts',
    'src/activities/graph/collect.ts',
    'src/activities/graph/collect-outside.ts',
    'src/activities/graph/find-due.ts',
    'src/workflows/group-maintenance.ts',
    'src/workflows/group-maintenance-soon.ts',
  ],
  'graph-recompute': [
    'src/compute/',
    'src/compute/leiden/',
    'src/activities/graph/graph-recompute.ts',
    'src/activities/graph/recompute.ts',
    'src/activities/graph/write-results.ts',
    'src/activities/graph/task.ts',
    'src/workflows/graph-recompute.ts',
  ],
  'deduplicate-facts': [
    'src/domain/duplicates/',
    'src/domain/merging/',
    'src/similarity/',
    'src/state/merges/',
    'src/stores/cypher/merging/',
    'src/stores/postgres/graph/merging/',
    'src/activities/graph/deduplicate-facts.ts',
    'src/activities/graph/merging/',
    'src/workflows/deduplicate-facts.ts',
  ],
  'archive-facts': [
    'src/domain/facts/expiry.ts',
    'src/domain/facts/archived-fact.ts',
    'src/stores/cypher/archive.ts',
    'src/stores/cypher/facts-with-dates.ts',
    'src/stores/postgres/graph/archive.ts',
    'src/stores/postgres/graph/archived-column.ts',
    'src/stores/postgres/graph/facts-with-dates.ts',
    'src/activities/graph/archive-facts.ts',
    'src/activities/graph/mark-archived.ts',
    'src/workflows/archive-facts.ts',
  ],
  'audit-invalidations': [
    'src/domain/facts/invalidations.ts',
    'src/domain/facts/restored-validity.ts',
    'src/stores/cypher/validity.ts',
    'src/stores/cypher/fact-changes.ts',
    'src/state/graphs/fact-changes.ts',
    'src/activities/graph/fact-changes.ts',
    'src/activities/graph/audit-invalidations.ts',
    'src/activities/graph/auditing/',
    'src/workflows/audit-invalidations.ts',
  ],
  'health-check': ['src/domain/alerts.ts', 'src/activities/health-check/', 'src/workflows/health-check.ts'],
  upkeep: ['src/domain/upkeep.ts', 'src/activities/upkeep/', 'src/state/upkeep/', 'src/workflows/upkeep.ts'],
};

/** The section of docs/architecture.md that states how much code a job is. */
export function jobFiles(): string {
  const rows = catalogue.map(({ id }) => {
    const files = filesOf[id] ?? [];
    const modules = files.flatMap(modulesOf);
    const lines = modules.reduce((sum, path) => sum + linesOf(path), 0);
    return [
      code(id),
      files.map((path) => code(path.replace('src/', ''))).join(', '),
      String(modules.length),
      String(lines),
    ];
  });
  return table(['job', 'beyond its entry in `jobs/`', 'files', 'lines'], rows);
}

function modulesOf(path: string): string[] {
  if (!path.endsWith('/')) return [path];
  return readdirSync(join(root, path))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(path, name));
}

function linesOf(path: string): number {
  return readFileSync(join(root, path), 'utf8').split('\n').length - 1;
}
