import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/database/database.ts';
import { createDatabase } from '../../tools/servers/database.ts';
import { describeOn } from '../support/stores.ts';

const imposed: Readonly<Record<string, string>> = {
  datestyle: 'German, DMY',
  intervalstyle: 'sql_standard',
  timezone: 'America/New_York',
  bytea_output: 'escape',
  extra_float_digits: '-3',
  standard_conforming_strings: 'off',
  transform_null_equals: 'on',
  quote_all_identifiers: 'on',
  statement_timeout: '50ms',
  lock_timeout: '1ms',
  idle_in_transaction_session_timeout: '1ms',
  default_transaction_isolation: 'serializable',
  session_replication_role: 'replica',
  search_path: 'pg_catalog',
};

describeOn('native', 'settings that a database imposes on its sessions', (server) => {
  it('do not change what a statement means or how long it may take', async () => {
    const plain = await createDatabase(server.url);
    const odd = await createDatabase(server.url);
    const name = new URL(odd.url).pathname.slice(1);
    const admin = openDatabase({ url: plain.url });
    for (const [setting, value] of Object.entries(imposed)) {
      await sql.raw(`alter database ${name} set ${setting} = '${value}'`).execute(admin);
    }
    const other = openDatabase({ url: odd.url });
    const look = sql`select timestamptz '2026-05-01 00:00:00Z' as at, (timestamptz '2026-05-01 00:00:00Z')::text as at_text,
      (interval '1 day 2 hours')::text as span, ('\\x00ff'::bytea)::text as bytes, (1 / 3::float8)::text as number,
      'a\\b' as backslash, (null = null) is null as null_equals, '[1,2]'::vector::text as vector,
      (select jsonb_object_agg(s.name, s.setting) from pg_settings s where s.name = any(${Object.keys(imposed)})
        or lower(s.name) = any(${Object.keys(imposed)})) as settings, pg_sleep(0.06) is null as slept`;
    const [expected, seen] = await Promise.all([look.execute(admin), look.execute(other)]);
    expect(seen.rows).toEqual(expected.rows);
    expect(expected.rows).toMatchObject([{ at: new Date('2026-05-01T00:00:00Z'), vector: '[1,2]' }]);
    await Promise.all([admin.destroy(), other.destroy()]);
    await Promise.all([plain.drop(), odd.drop()]);
  });
});
