import { z } from 'zod';
import { type AlertSettings, defaultAlerts } from '../domain/alert-settings.ts';

const positive = z.union([z.number().positive(), z.literal('off')]);
export const alertsSchema = z
  .strictObject({
    enabled: z.boolean(),
    failed_checks: z.boolean(),
    success_intervals: positive,
    late_start_minutes: positive,
    skipped_starts: positive,
    paused_days: positive,
    paused_run_hours: positive,
    held_hours: positive,
    dead_letters: positive,
    lease_hours: positive,
    workflow_task_failures: positive,
    backlog_minutes: positive,
    ledger_share: positive,
    drift_vectors: positive,
    unjudged_growth: positive,
    stale_groups: positive,
    stale_group_hours: z.number().positive(),
    group_failures: positive,
    orphan_growth: positive,
    orphan_growth_least: z.int().min(1),
  })
  .partial();

/** The section `alerts` over the defaults; `off` switches a rule off. */
export function readAlerts(given: z.infer<typeof alertsSchema> | undefined): AlertSettings {
  const set = Object.entries(given ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value === 'off' ? null : value]],
  );
  return { ...defaultAlerts, ...Object.fromEntries(set) };
}
