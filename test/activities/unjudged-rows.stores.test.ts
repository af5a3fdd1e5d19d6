import { beforeEach, expect, test } from 'vitest';
import { unjudgedRows } from '../../src/activities/health-check/unjudged-rows.ts';
import { begunRun } from '../state/runs-of.ts';
import { describeOnDatabase } from '../support/stores.ts';

describeOnDatabase('native', 'rows that a job cannot judge', (database) => {
  beforeEach(async () => {
    await database.db.deleteFrom('coppice.runs').execute();
  });

  interface Counts {
    readonly rows: number;
    readonly unscoped?: number;
    readonly unreadable?: number;
  }

  /** A run that surveyed this; without counts, as an older release recorded it. */
  async function surveyed(counts: Counts | null, over: { job?: string; kind?: 'preview' | 'sweep' } = {}) {
    const { run_id } = await begunRun(database.db, over);
    const one = { collection: 'documents', due: 0, unscoped: 0, unreadable: 0, ...counts };
    const survey = JSON.stringify(counts === null ? {} : { collections: [one] });
    await database.db.updateTable('coppice.runs').set({ survey }).where('run_id', '=', run_id).execute();
  }
  const found = () => unjudgedRows(database.db, ['ttl-cleanup', 'document-refresh']);

  test('the share of the last run is compared with the least of earlier runs', async () => {
    await surveyed({ rows: 100, unreadable: 4 });
    await surveyed({ rows: 100, unreadable: 2 });
    await surveyed({ rows: 90, unscoped: 10, unreadable: 20 });
    expect(await found()).toEqual([{ job: 'ttl-cleanup', collection: 'documents', share: 0.3, least: 0.02 }]);
  });

  test('a first run has grown from nothing; previews, other jobs, and runs without counts are not compared', async () => {
    await surveyed({ rows: 100 }, { job: 'other' });
    await surveyed({ rows: 100 }, { kind: 'preview' });
    await surveyed(null);
    await surveyed({ rows: 0 });
    expect(await found()).toEqual([]);
    await surveyed({ rows: 10, unreadable: 5 });
    await surveyed({ rows: 10 }, { job: 'document-refresh' });
    expect(await found()).toEqual([
      { job: 'document-refresh', collection: 'documents', share: 0, least: 0 },
      { job: 'ttl-cleanup', collection: 'documents', share: 0.5, least: 0.5 },
    ]);
  });
});
