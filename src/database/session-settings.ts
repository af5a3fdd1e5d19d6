import type pg from 'pg';

/**
 * Settings that change what a statement means, what it returns or how long it may take, with the values that Coppice's
 * statements are written for: those of PostgreSQL itself. A database or a role can impose others
 * (`ALTER ROLE … SET statement_timeout`). `default_transaction_read_only` is missing on purpose: it protects data.
 */
const meant: Readonly<Record<string, string>> = {
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  array_nulls: 'on',
  quote_all_identifiers: 'off',
  gin_fuzzy_search_limit: '0',
  default_transaction_isolation: 'read committed',
  session_replication_role: 'origin',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  transaction_timeout: '0',
};

/** Where pgvector is installed outside `public`, its types and operators are found there. */
const searchPath = `'"$user", public' || coalesce((
  select ', ' || quote_ident(n.nspname) from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
  where e.extname = 'vector' and n.nspname not in ('public', 'pg_catalog')), '')`;

/** Sets only what differs: behind a pooler in transaction mode a setting would stay with a connection of others. */
const statement = `select pg_catalog.set_config(w.name, w.value, false)
  from (select * from unnest($1::text[], $2::text[]) union all select 'search_path', ${searchPath}) w (name, value)
    join pg_catalog.pg_settings s on lower(s.name) = lower(w.name)
  where s.setting <> w.value`;

/** Gives a new connection the settings that Coppice's statements are written for. */
export async function setSessionSettings(client: pg.ClientBase): Promise<void> {
  await client.query(statement, [Object.keys(meant), Object.values(meant)]);
}
