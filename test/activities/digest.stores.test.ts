import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it, test } from 'vitest';
import { lastDigestTime, sendDigest } from '../../src/activities/health-check/digest.ts';
import type { WebhookFormat } from '../../src/config/webhook.ts';
import { readMeasurements } from '../../src/state/monitoring/measurements.ts';
import { putDeadLetter } from '../../src/state/runs/dead-letters.ts';
import { begunRun } from '../state/runs-of.ts';
import { describeOnDatabase } from '../support/stores.ts';
import { startWebhook, type WebhookListener } from '../support/webhook.ts';

test.each([
  ['2026-11-30T07:00:00Z', '2026-11-30T07:00:00Z'],
  ['2026-11-30T06:59:59Z', '2026-11-23T07:00:00Z'],
  ['2026-12-06T23:59:59Z', '2026-11-30T07:00:00Z'],
  ['2027-01-01T00:00:00Z', '2026-12-28T07:00:00Z'],
])('at %s the last digest was due at %s', (now, due) => {
  expect(lastDigestTime(new Date(now))).toEqual(new Date(due));
});

describeOnDatabase('embedded', 'the weekly digest', (database) => {
  let webhook: WebhookListener;

  beforeAll(async () => {
    webhook = await startWebhook();
  });
  afterAll(() => webhook?.stop());

  const send = (format: WebhookFormat = 'coppice') =>
    sendDigest({
      db: database.db,
      installation: 'i1',
      digest: { url: webhook.url, format, secret: null, routingKey: null },
    });
  /** As if the last digest had been that of another week. */
  const forgetWeek = () =>
    sql`update coppice.measurements set value = '{"sent_for": "2020-01-06T07:00:00.000Z"}' where name = 'digest'`.execute(
      database.db,
    );

  it('begins with the week after it was configured, and is sent once a week', async () => {
    const { db } = database;
    await send();
    expect(webhook.received).toEqual([]);
    const run = await begunRun(db, { runId: 'r1', workflowId: 'w1', job: 'ttl-cleanup' });
    await sql`update coppice.runs set status = 'success', finished_at = now() where run_id = ${run.run_id}`.execute(db);
    await sql`insert into coppice.change_counts (hour, job, collection, name, count) values
      (date_trunc('hour', now()), 'ttl-cleanup', 'documents', 'deleted_documents', 3),
      (date_trunc('hour', now()), 'ttl-cleanup', 'notes', 'deleted_documents', 4),
      (now() - interval '9 days', 'ttl-cleanup', 'notes', 'deleted_documents', 100)`.execute(db);
    const letter = {
      job: 'ttl-cleanup',
      collection: 'documents',
      partition: 'a secret name',
      runId: 'r1',
      attempts: 4,
    };
    const error = { name: 'StoreRefusedError', message: 'a secret reason', hint: null };
    await db.transaction().execute((tx) => putDeadLetter(tx, { ...letter, error, parameters: {} }));
    await forgetWeek();
    await send();
    await send();
    expect(webhook.received).toHaveLength(1);
    const [{ json, body } = {}] = webhook.received;
    expect(json).toMatchObject({
      event: 'digest.weekly',
      installation: 'i1',
      digest: {
        needs: { held_runs: 0, dead_letters: [{ job: 'ttl-cleanup', count: 1 }], proposals: 0 },
        runs: [{ job: 'ttl-cleanup', status: 'success', count: 1 }],
        changed: [{ job: 'ttl-cleanup', name: 'deleted_documents', count: 7 }],
      },
    });
    expect(body).not.toContain('secret');
  });

  it('one that is not accepted is sent again', async () => {
    await forgetWeek();
    webhook.answer(503);
    await expect(send('slack')).rejects.toThrow('the webhook answered 503');
    webhook.answer(200);
    await send('slack');
    expect(webhook.received.at(-1)?.json.text).toContain('partitions of ttl-cleanup that were given up: 1');
    const [kept] = await readMeasurements(database.db, 'digest');
    expect(kept?.value.sent_for).toBe(lastDigestTime(new Date()).toISOString());
  });
});
