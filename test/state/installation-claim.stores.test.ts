import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { adoptAsNew, ensureInstallation } from '../../src/state/installation/installation.ts';
import {
  claimInstallation,
  InstallationNameError,
  recordPrefix,
  renameInstallation,
  requireName,
  requirePrefix,
  SchedulePrefixError,
} from '../../src/state/installation/installation-claim.ts';
import { noteStopped, noteWorker } from '../../src/state/installation/workers.ts';
import { describeOnDatabase } from '../support/stores.ts';

describeOnDatabase('native', 'the configuration that a database belongs to', (database) => {
  beforeEach(async () => {
    const { db } = database;
    await db.deleteFrom('coppice.workers').execute();
    await db.deleteFrom('coppice.installation').execute();
    await ensureInstallation(db);
  });

  const recorded = () =>
    database.db.selectFrom('coppice.installation').select(['name', 'schedule_prefix']).executeTakeFirstOrThrow();
  const claim = (name: string | null, schedulePrefix: string, db = database.db) =>
    claimInstallation(db, { name, schedulePrefix });
  const live = (identity: string, schedulePrefix: string) =>
    noteWorker(database.db, { identity, schedulePrefix, configuration: 'c', release: '1' });

  test('the first name is kept, and another one is refused with what to do', async () => {
    await claim('billing', '');
    const refusal = claim('support', '');
    await expect(refusal).rejects.toThrow(InstallationNameError);
    await expect(refusal).rejects.toMatchObject({
      message: "this database belongs to installation 'billing', and the configuration names 'support'",
      hint: expect.stringContaining('coppice adopt --rename'),
    });
    await expect(requireName(database.db, 'support')).rejects.toThrow(InstallationNameError);
    expect(await recorded()).toEqual({ name: 'billing', schedule_prefix: '' });
  });

  test('a configuration without a name is let through, and one that gets a name records it', async () => {
    await claim(null, '');
    await requireName(database.db, 'billing');
    await claim('billing', '');
    await claim(null, '');
    expect((await recorded()).name).toBe('billing');
    await renameInstallation(database.db, 'invoices');
    await expect(claim('billing', '')).rejects.toThrow(/belongs to installation 'invoices'/);
  });

  test('another prefix is refused while a worker with the recorded one runs', async () => {
    await claim(null, 'a-');
    await live('one', 'a-');
    const refusal = claim('b', 'b-');
    await expect(refusal).rejects.toThrow(SchedulePrefixError);
    await expect(refusal).rejects.toMatchObject({ hint: expect.stringContaining('coppice schedules apply --move') });
    await expect(requirePrefix(database.db, 'b-')).rejects.toThrow(SchedulePrefixError);
    // A refused start records nothing.
    expect(await recorded()).toEqual({ name: null, schedule_prefix: 'a-' });
    expect(await claim(null, 'a-')).toBe(false);
  });

  test('another prefix moves the schedules once the workers were stopped, or were not heard of for 20 seconds', async () => {
    await claim(null, 'a-');
    await live('stopped', 'a-');
    await live('killed', 'a-');
    await noteStopped(database.db, 'stopped');
    await expect(claim(null, 'b-')).rejects.toThrow(SchedulePrefixError);
    await sql`update coppice.workers set seen_at = seen_at - interval '21 seconds'`.execute(database.db);
    expect(await claim(null, 'b-')).toBe(true);
    await recordPrefix(database.db, 'b-');
    expect(await claim(null, 'b-')).toBe(false);
  });

  test('workers with the changed prefix that start together do not refuse each other', async () => {
    await claim(null, 'a-');
    await live('one', 'b-');
    await live('two', 'b-');
    expect(await Promise.all([claim(null, 'b-'), claim(null, 'b-')])).toEqual([true, true]);
  });

  test('of two configurations that start together on a new database, one is refused', async () => {
    await Promise.all([live('one', 'a-'), live('two', 'b-')]);
    const claims = [claim(null, 'a-', database.pool()), claim(null, 'b-', database.pool())];
    const outcomes = await Promise.allSettled(claims);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  test('a copy that becomes an installation of its own has the name of its configuration, and no prefix yet', async () => {
    await claim('billing', 'a-');
    await adoptAsNew(database.db, 'staging');
    expect(await recorded()).toEqual({ name: 'staging', schedule_prefix: null });
  });
});
