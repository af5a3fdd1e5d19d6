import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { estimate } from '../../src/operations/monitoring/temporal-actions.ts';

const folder = 'test/histories';
const scheduled = { TemporalScheduledById: ['health-check'] };

test.each(readdirSync(folder).filter((name) => /^0\.1\.0-(?!groups_soon).*\.json$/.test(name)))(
  'the estimate for %s is the number of its start, activities and search attributes',
  (name) => {
    const { events } = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'));
    const actions = events.filter(({ eventType }: { eventType: string }) =>
      /WORKFLOW_EXECUTION_STARTED|ACTIVITY_TASK_SCHEDULED|UPSERT_WORKFLOW_SEARCH_ATTRIBUTES/.test(eventType),
    );
    const type = String(events[0].workflowExecutionStartedEventAttributes.workflowType.name);
    const one = { type, historyLength: events.length, searchAttributes: {} };
    expect(estimate([one])?.last_day).toBe(actions.length);
  },
);

test('a start by a schedule counts once more, and the share of health-check is that of its actions', () => {
  const check = { type: 'healthCheck', historyLength: 31, searchAttributes: scheduled };
  expect(estimate([check, check, { type: 'ttlCleanup', historyLength: 37, searchAttributes: {} }])).toEqual({
    last_day: 24,
    health_check_share: 0.67,
  });
  const now = { type: 'healthCheckAtOnce', historyLength: 11, searchAttributes: scheduled };
  expect(estimate([now])).toEqual({ last_day: 3, health_check_share: 1 });
  expect(estimate([])).toBeNull();
});
