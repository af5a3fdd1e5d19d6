import { describe, expect, it, vi } from 'vitest';
import { type SeedResult, simulate } from './simulate.ts';

vi.mock('@temporalio/workflow', () => import('./sdk/api.ts'));

const seeds = 250;

describe('runs with seeded faults on a stand-in for Temporal', () => {
  it(`keep their rules: ${seeds} seeds`, async () => {
    const results: SeedResult[] = [];
    for (let seed = 1; seed <= seeds; seed++) results.push(await simulate(seed));
    const broken = results.filter(({ findings }) => findings.length > 0);
    const again = broken.map(({ seed, findings }) => `npm run simulate -- --seed ${seed}: ${findings.join('; ')}`);
    expect(again).toEqual([]);
    // The seeds come to every end that a run can have, over several histories and with workers lost.
    const ends = new Set(results.map(({ status }) => status));
    expect([...ends].sort()).toEqual([
      'cancelled',
      'completed',
      'failed',
      'held',
      'partial',
      'preview',
      'skipped',
      'success',
    ]);
    expect(results.some(({ executions }) => executions > 2)).toBe(true);
    expect(results.some(({ crashes }) => crashes > 0)).toBe(true);
  });

  it('are the same whenever a seed is played again', async () => {
    const [once, again] = [await simulate(12), await simulate(12)];
    expect(JSON.stringify(again.histories)).toBe(JSON.stringify(once.histories));
  });
});
