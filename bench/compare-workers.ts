import { catalogue } from '../src/jobs/index.ts';
import { runGroup } from '../src/operations/groups/groups.ts';
import { runJob } from '../src/operations/runs/run.ts';
import { getRun } from '../src/state/runs/runs.ts';
import { countActions } from './actions.ts';
import { type AtWork, peakMemory, withWorker } from './coppice.ts';
import type { BenchOptions } from './options.ts';
import { megabytes, type Section, whole } from './report.ts';
import { log, type Servers, withTemporal } from './servers.ts';
import { median, quantile } from './statistics.ts';
import { copyOf, databaseUrl, dropCopy, makeTemplate, query } from './template.ts';

const template = 'bench_workers';
const processes = [1, 2, 4];
/** More packs at once than one worker takes, so that activities wait in the queue. */
const concurrency = 10;
const tenants = 10;
const idleRuns = 20;
const mostRuns = 500;
const fairness = 'matching.enableFairness=true';
const settings = {
  collections: { documents: null },
  graphs: { graph: null },
  jobs: {
    ...Object.fromEntries(catalogue.map((job) => [job.id, { schedules: [] }])),
    'ttl-cleanup': { schedules: [], concurrency, brake: { max_share: 1, max_partition_share: 1, max_weekly_share: 1 } },
  },
};

/**
 * One, two and four workers on one Temporal server: a run over one large partition and many small ones, and next to it runs
 * that small tenants ask for, one after the other. Then again with fairness switched on.
 */
export async function compareWorkers(servers: Servers, { rows, partitions, rounds }: BenchOptions): Promise<Section> {
  await makeWorkerTemplate(servers.postgresUrl, rows, partitions);
  const table: string[][] = [];
  const measure = async (at: Servers, workers: number, fair: string) => {
    for (let round = 1; round <= rounds; round++) {
      const found = await measureWorkers(at, workers);
      const delays = (sample: readonly number[]) => [whole(median(sample)), whole(quantile(sample, 0.99))];
      table.push([
        ...[whole(workers), fair, whole((found.documents * 1_000) / found.ms)],
        found.actions === null ? 'not known' : whole(found.actions),
        ...delays(found.idle),
        ...delays(found.beside),
        ...[whole(found.beside.length), found.memory.map(megabytes).join(', ')],
      ]);
      log(table.at(-1)?.join(' | ') ?? '');
    }
  };
  for (const workers of processes) await measure(servers, workers, 'off');
  await withTemporal(servers, [fairness], async (fair) => {
    for (const workers of processes) await measure(fair, workers, 'on');
  });
  await dropCopy(servers.postgresUrl, { name: template });
  return {
    versions: servers.versions,
    header: [
      ...['workers', 'fairness', 'documents/s', 'billable actions'],
      ...['small run alone, ms, median', 'p99', 'next to the large run, median', 'p99', 'small runs'],
      'peak memory of each worker',
    ],
    rows: table,
    facts: [
      ['documents to remove in the large partition', whole(rows / 2)],
      ['small partitions, with one document to remove in each', whole(partitions)],
      ['packs of a run at once, activities of a worker at once', `${concurrency}, 5`],
    ],
  };
}

interface Measured {
  readonly documents: number;
  readonly ms: number;
  /** Of the large run and the small ones. */
  readonly actions: number | null;
  readonly idle: readonly number[];
  readonly beside: readonly number[];
  readonly memory: readonly (number | null)[];
}

async function measureWorkers(servers: Servers, count: number): Promise<Measured> {
  const url = await copyOf(servers.postgresUrl, { name: template });
  return withWorker(servers, url, { settings, workers: count }, (at) =>
    Promise.race([measureRuns(servers, at), ...at.workers.map(({ lost }) => lost)]),
  );
}

async function measureRuns(servers: Servers, at: AtWork): Promise<Measured> {
  const { context, client, workers } = at;
  await loadTenants(at);
  const idle = await smallRuns(at, () => false, idleRuns);
  const before = await countActions(servers.metricsUrl);
  const startedAt = Date.now();
  const large = await runJob(context, 'ttl-cleanup', {}, { preview: false });
  let ended = false;
  const end = client.workflow
    .getHandle(large.workflow_id)
    .result()
    .finally(() => {
      ended = true;
    });
  const [beside] = await Promise.all([smallRuns(at, () => ended, mostRuns), end]);
  const run = await getRun(context.parts.db, large.run_id);
  if (run.status !== 'success' || run.finished_at === null)
    throw new Error(`the run ended ${run.status}: ${run.error?.message ?? ''}`);
  const after = await countActions(servers.metricsUrl);
  return {
    documents: run.totals.deleted_documents ?? 0,
    ms: run.finished_at.getTime() - startedAt,
    actions: before === null || after === null ? null : after - before,
    ...{ idle, beside },
    memory: workers.map(({ pid }) => peakMemory(pid)),
  };
}

/** How long runs for one small tenant take, from the request to the end of the workflow, in ms; one after the other. */
async function smallRuns({ context, client }: AtWork, stop: () => boolean, most: number): Promise<number[]> {
  const delays: number[] = [];
  while (delays.length < most && !stop()) {
    const from = performance.now();
    const group = `tenant ${delays.length % tenants}`;
    const run = await runGroup(context, 'graph-recompute', { graph: 'graph', group });
    await client.workflow.getHandle(run.workflow_id).result();
    delays.push(performance.now() - from);
  }
  return delays;
}

/** A small graph for each tenant. */
async function loadTenants({ context }: AtWork): Promise<void> {
  const load = context.parts.graphs[0]?.loading.load ?? null;
  if (load === null) throw new Error('there is no graph to load');
  const created = { created_at: '2026-01-01T00:00:00.000Z' };
  for (let no = 0; no < tenants; no++) {
    const own = { ...created, group_id: `tenant ${no}` };
    await load([
      { ...own, type: 'document', id: 'd' },
      { ...own, type: 'entity', id: 'e' },
      { ...own, type: 'mention', document: 'd', entity: 'e' },
    ]);
  }
}

/** One large partition, every other document of it expired, and many with one expired document. No vectors. */
async function makeWorkerTemplate(server: string, rows: number, partitions: number): Promise<void> {
  await makeTemplate(server, { name: template, rows, partitions: 1, chunks: false });
  await query(
    databaseUrl(server, template),
    `insert into knowledge.documents
       (id, workspace, url, title, content, content_hash, quality, fetched_at, expires_at)
     select md5('small ' || n), 'small ' || n, 'https://example.org/small/' || n, 'Document ' || n,
       repeat(md5(n::text) || ' ', 12), md5(n::text), 0.5, '2020-01-01', '2020-01-01'
     from generate_series(1, ${partitions}) n`,
    'vacuum analyze',
  );
}
