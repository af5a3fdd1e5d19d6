import { databaseUrl, query } from './template.ts';

export const groups = 50_000;
export const pendingRuns = 100;

/**
 * Runs of five jobs over four years, of which one in fifty failed, with the partitions of the last 100,000; and groups of
 * which half are stale. The same at every run of the benchmark.
 */
export async function fillApiDatabase(server: string, name: string, runs: number): Promise<void> {
  await query(
    databaseUrl(server, name),
    `insert into coppice.runs (run_id, workflow_id, namespace, job, kind, status, parameters, requested_by, asked_at,
       started_at, finished_at, totals, peak_memory_bytes, cpu_ms, worked_ms)
     select gen_random_uuid()::text, 'bench-' || n, 'default',
       (array['ttl-cleanup', 'document-refresh', 'group-maintenance', 'graph-recompute', 'upkeep'])[1 + n % 5],
       case when n % 5 = 4 then 'task' else 'sweep' end,
       case when n % 50 = 0 then 'failed' when n % 47 = 0 then 'partial' when n % 101 = 0 then 'held' else 'success' end,
       '{"batch_size": 50}', 'schedule', at, at + interval '1 second', at + interval '9 seconds' + n % 60 * interval '1 second',
       jsonb_build_object('deleted_documents', n % 1000, 'deleted_vectors', n % 3000), 90000000, 1500, 9000
     from (select n, now() - (${runs} - n) * interval '2 minutes' as at from generate_series(1, ${runs}) n) r`,
    `insert into coppice.run_partitions (run_no, no, collection, partition, rows, due, state, totals)
     select r.no, p, 'documents', 'workspace ' || p, 1000, 10, 'done', '{"deleted_documents": 10, "deleted_vectors": 30}'
     from coppice.runs r, generate_series(1, 3) p where r.no > ${runs - 100_000}`,
    `insert into coppice.graph_groups (key, graph, group_id, stale_since, stale_reason, needs_recompute, tally, items,
       collected_at, recomputed_at)
     select encode(sha256(n::text::bytea), 'hex'), 'graph', 'tenant/' || lpad(n::text, 6, '0'),
       case when n % 2 = 0 then now() - interval '1 hour' end, case when n % 2 = 0 then 'changed' end, n % 2 = 0, 'tally', 120,
       now() - interval '1 day', now() - interval '1 day'
     from generate_series(1, ${groups}) n`,
    `insert into coppice.dead_letters (job, key, collection, partition, run_id, attempts, error, parameters)
     select 'ttl-cleanup', n::text, 'documents', 'workspace ' || n, 'run', 4,
       '{"name": "StoreRefusedError", "message": "still cited", "hint": null}', '{}' from generate_series(1, 50) n`,
    'vacuum analyze',
  );
}
