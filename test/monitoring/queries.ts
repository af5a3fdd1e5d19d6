import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const folder = join(import.meta.dirname, '../../monitoring');
export const rulesFile = join(folder, 'prometheus-rules.yaml');
export const rulesTestFile = join(folder, 'prometheus-rules.test.yaml');

const dashboard = z.object({
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).default([]) })),
});
const rules = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
});

interface Query {
  readonly of: string;
  readonly expr: string;
}

/** Queries of the Grafana dashboard as Grafana sends them, without a last comparison that hides quiet series. */
export function dashboardQueries(): Query[] {
  const { panels } = dashboard.parse(JSON.parse(readFileSync(join(folder, 'grafana-dashboard.json'), 'utf8')));
  return panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({
      of: title,
      expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*').replace(/ > 0$/, ''),
    })),
  );
}

/** Names of the metrics that alert rules ask for, with the alerts. */
export function ruleMetrics(): Query[] {
  const { groups } = rules.parse(parse(readFileSync(rulesFile, 'utf8')));
  return groups.flatMap((group) =>
    group.rules.flatMap(({ alert, expr }) =>
      [...new Set(expr.match(/\b(coppice|temporal|orphan)_[a-z0-9_]+/g))].map((metric) => ({
        of: alert,
        expr: metric,
      })),
    ),
  );
}
