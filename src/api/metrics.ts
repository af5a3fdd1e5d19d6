import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { z } from 'zod';
import { Fresh } from '../operations/monitoring/fresh.ts';
import { type Measured, measure } from '../operations/monitoring/measure.ts';
import { groupMetrics } from './group-metrics.ts';
import { modelMetrics } from './model-metrics.ts';
import type { Api, Services } from './types.ts';
import { watchedMetrics } from './watched-metrics.ts';

const sdkTimeoutMs = 2_000;
/** Several monitors ask the database once. */
const freshMs = 5_000;
/** Greatest age of the counts of this process. */
const textFreshMs = 500;

/** `/metrics` for Prometheus: what the database knows, what this server did, and the SDK's own where a worker is here. */
export function metricsRoutes(app: Api, services: Services): void {
  const registry = new Registry();
  countRequests(app, registry);
  const state = stateGauges(registry);
  const measured = new Fresh(freshMs, () => measure(services.base));
  const text = new Fresh(textFreshMs, async () => {
    const value = await measured.get();
    if (value !== null) state(value);
    return (await registry.metrics()) + (await sdkMetrics(services.sdkMetricsUrl));
  });
  app.get(
    '/metrics',
    {
      config: { scope: 'read', whole: true },
      schema: {
        tags: ['health'],
        summary: 'For Prometheus',
        response: {
          200: { description: 'Text exposition format.', content: { 'text/plain': { schema: z.string() } } },
        },
      },
    },
    async (_request, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(await text.get()),
  );
}

function countRequests(app: Api, registry: Registry): void {
  const registers = [registry];
  const requests = new Counter({
    name: 'coppice_http_requests_total',
    help: 'Requests answered by this process.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'coppice_http_request_seconds',
    help: 'Duration of answers.',
    labelNames: ['route'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  app.addHook('onResponse', async (request, reply) => {
    // The pattern of a route, and one word for all that is none: whoever asks cannot make labels.
    const route = request.routeOptions.url ?? 'none';
    const method = route === 'none' ? 'none' : request.method;
    requests.inc({ method, route, status: reply.statusCode });
    seconds.observe({ route }, reply.elapsedTime / 1000);
  });
}

/** Gauges, not counters: upkeep drops old runs, and a counter that falls would look like a restart. */
function stateGauges(registry: Registry): (measured: Measured) => void {
  const gauge = <T extends string>(name: string, help: string, ...labelNames: T[]) =>
    new Gauge<T>({ name, help, labelNames, registers: [registry] });
  const runs = gauge('coppice_runs', 'Runs on record.', 'job', 'kind', 'status');
  const totals = gauge('coppice_run_totals', 'Totals of the runs on record, by name.', 'job', 'name');
  const success = gauge('coppice_last_success_timestamp_seconds', 'End of the last successful run.', 'job');
  const letters = gauge('coppice_dead_letters', 'Partitions that were given up.', 'job');
  const held = gauge('coppice_held_runs', 'Held runs that wait for a person.', 'job');
  const leases = gauge('coppice_lease_age_seconds', 'Age of the oldest lease that is held.', 'job');
  const holds = gauge('coppice_holds', 'Restored rows on hold.');
  const ledger = gauge('coppice_ledger_bytes', 'Bytes on disk of the ledger.');
  const deleted = gauge('coppice_removed_documents', 'Documents that the runs on record removed.', 'job');
  const alerts = gauge('coppice_alerts', 'Alerts that stand.', 'rule');
  const workers = gauge('coppice_workers', 'Workers that live, by the digest of their configuration.', 'configuration');
  const groups = groupMetrics(registry);
  const watched = watchedMetrics(registry);
  const models = modelMetrics(registry);
  return (measured) => {
    for (const one of [runs, totals, success, letters, held, leases, deleted, alerts, workers]) one.reset();
    for (const { count, ...labels } of measured.runs) runs.set(labels, count);
    for (const { job, name, sum } of measured.totals) {
      totals.set({ job, name }, sum);
      if (name === 'deleted_documents') deleted.set({ job }, sum);
    }
    for (const { job, at } of measured.lastSuccess) success.set({ job }, at.getTime() / 1000);
    for (const { job, count } of measured.deadLetters) letters.set({ job }, count);
    for (const { job, count } of measured.held) held.set({ job }, count);
    for (const { job, ageSeconds } of measured.leases) leases.set({ job }, ageSeconds);
    for (const { rule, count } of measured.alerts) alerts.set({ rule }, count);
    for (const { configuration, count } of measured.workers) workers.set({ configuration }, count);
    holds.set(measured.holds);
    ledger.set(measured.ledgerBytes);
    groups(measured.groups);
    watched(measured.watched);
    models(measured.models);
  };
}

/** Nothing where the worker does not tell: that says less than no answer at all would. */
async function sdkMetrics(url: string | null): Promise<string> {
  if (url === null) return '';
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(sdkTimeoutMs) });
    return response.ok ? await response.text() : '';
  } catch {
    return '';
  }
}
