import { Gauge, type Registry } from 'prom-client';
import type { Measured } from '../operations/monitoring/measure.ts';

/** Of jobs that may have stopped silently, as the last run of `health-check` found them. */
export function watchedMetrics(registry: Registry): (watched: Measured['watched'], now?: Date) => void {
  const registers = [registry];
  const paused = new Gauge({
    name: 'coppice_schedule_paused_seconds',
    help: 'How long a schedule has been paused; 0 while it runs.',
    labelNames: ['schedule', 'job'],
    registers,
  });
  const skipped = new Gauge({
    name: 'coppice_schedule_skipped_starts',
    help: 'Starts that Temporal skipped or missed since the last one that it took.',
    labelNames: ['schedule', 'job'],
    registers,
  });
  const runs = new Gauge({ name: 'coppice_paused_runs', help: 'Runs that are paused in Temporal.', registers });
  const unjudged = new Gauge({
    name: 'coppice_unjudged_share',
    help: 'Share of rows without a partition or with a date that cannot be read, in the last run.',
    labelNames: ['job', 'collection'],
    registers,
  });
  return (watched, now = new Date()) => {
    for (const one of [paused, skipped, runs, unjudged]) one.reset();
    for (const [schedule, { job, paused_since, skipped_starts }] of Object.entries(watched.schedules)) {
      const since = paused_since === null ? now : new Date(paused_since);
      paused.set({ schedule, job }, Math.max(0, (now.getTime() - since.getTime()) / 1000));
      skipped.set({ schedule, job }, skipped_starts);
    }
    if (watched.paused_runs === null) runs.remove();
    else runs.set(watched.paused_runs);
    for (const { share, ...labels } of watched.unjudged) unjudged.set(labels, share);
  };
}
