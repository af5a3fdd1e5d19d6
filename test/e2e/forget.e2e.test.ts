import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TokenJson } from '../../src/operations/access/tokens.ts';
import { contentsOf, type SeedDocument, seed } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd, describeOnBothStores } from '../support/requires.ts';

const open = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
const person = 'anna@example.org';
const documents: SeedDocument[] = ['anna@example.org', 'bob@example.org'].flatMap((workspace) =>
  Array.from({ length: 5 }, (_, at) => ({ id: `${workspace} ${at}`, workspace, expired: true })),
);

/** Visible partitions by the name of the token. */
const tokens = [
  ['of hers', '--workspace', person],
  ['of both', '--workspace', person, '--workspace', 'bob@example.org'],
  ['of a group', '--workspace', person, '--group', 'staff'],
  ['of all', '--scope', 'admin'],
  ['of old', '--group', person],
  ['of a user', '--user', person, '--entity', person],
] as const;

/** Every table of Coppice's, whole, as text. */
async function everything({ parts: { db } }: Installation): Promise<string> {
  // Workers tell regularly that they live, so their table changes by itself.
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'coppice' and tablename <> 'workers' order by 1`.execute(
    db,
  );
  const texts = [];
  for (const { name } of rows) {
    const { rows: own } = await sql<{ row: string }>`select t::text as row from ${sql.id('coppice', name)} t`.execute(
      db,
    );
    texts.push(`${name}: ${own.map(({ row }) => row).join('\n')}`);
  }
  return texts.join('\n');
}

describeOnBothStores('coppice forget', (stores) => {
  let installation: Installation;
  let runId: string;
  const forget = (...args: string[]) => installation.cli('forget', ...args, '--json');

  beforeAll(async () => {
    installation = await createInstallation({ ...stores, settings: { jobs: { 'ttl-cleanup': { brake: open } } } });
    const { parts } = installation;
    await seed(parts, documents);
    await installation.worker();
    const first = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    // One document of each is back, on hold; a partition of each was given up; one exists again and was refused.
    await seed(parts, [{ id: `${person} 0`, workspace: person, expired: false }]);
    await installation.cli('undo', first.json.run_id, '--wait', '--json');
    await installation.cli('holds', 'lift', '--id', `${person} 1`, '--json');
    await installation.cli('holds', 'lift', '--id', 'bob@example.org 1', '--json');
    runId = (await installation.cli('run', 'ttl-cleanup', '--wait', '--json')).json.run_id;
    await sql`insert into coppice.sources (collection, row_id, url, run_no, part_no, epoch, outcome)
      select collection, partition || ' 9', 'https://' || partition, run_no, no, 1, 'refreshed' from coppice.run_partitions
      on conflict do nothing`.execute(parts.db);
    await sql`insert into coppice.dead_letters (job, key, collection, partition, run_id, attempts, error, parameters)
      select 'ttl-cleanup', w, 'documents', w, 'r', 4, '{}', '{}'
      from unnest(array['anna@example.org', 'bob@example.org']) w`.execute(parts.db);
    for (const [name, ...lists] of tokens) await installation.cli('token', 'create', name, ...lists, '--json');
    await installation.cli('token', 'revoke', 'of old', '--json');
  });
  afterAll(() => installation.close());

  it('without --yes counts and does nothing', async () => {
    const before = await everything(installation);
    const { code, json } = await forget(person);
    expect(code).toBe(2);
    expect(json).toMatchObject({ done: false, removed: { ledger_rows: 6, holds: 3, dead_letters: 1, run_records: 3 } });
    expect(await everything(installation)).toBe(before);
  });

  it('an empty name, or a collection that there is not, is wrong usage', async () => {
    expect(await forget('')).toMatchObject({ code: 2, json: { error: { name: 'EmptyScopeError' } } });
    expect(await forget(person, '--collection', 'none')).toMatchObject({
      code: 2,
      json: { error: { name: 'UnknownCollectionError' } },
    });
  });

  it('one row by its id: nothing of it is left, and the others stay', async () => {
    const { code, json } = await forget('bob@example.org 1', '--id', '--yes');
    expect(code).toBe(0);
    expect(json).toMatchObject({ done: true, removed: { ledger_rows: 3, dead_letters: 0 } });
    const text = await everything(installation);
    expect(text).not.toContain('bob@example.org 1');
    expect(text).toContain('bob@example.org 2');
  });

  it('a person: no table of Coppice holds the name or an id any more, and the others stay', async () => {
    const contents = await contentsOf(installation.parts);
    const { code, json } = await forget(person, '--yes');
    expect(code).toBe(0);
    const removed = { ledger_rows: 6, holds: 3, dead_letters: 1, token_lists: 5, revoked_tokens: 2 };
    expect(json).toMatchObject({ done: true, removed });
    expect(json.not_reached.join()).toContain('backups');
    const text = await everything(installation);
    expect(text).not.toContain(person);
    expect(text).toContain('bob@example.org');
    expect(await contentsOf(installation.parts)).toEqual(contents);
    const shown = await installation.cli('runs', 'show', runId, '--json');
    expect(shown.json).toMatchObject({ status: 'success', totals: { deleted_documents: 2 } });
  });

  it('a token that could see nothing else is revoked, and none sees more than it did', async () => {
    const rows = (await installation.cli('token', 'list', '--json')).json;
    const seen = (rows as TokenJson[]).map(({ name, workspaces, groups, users, entities, revoked_at }) => [
      name,
      workspaces,
      groups,
      users,
      entities,
      revoked_at === null ? 'in use' : 'revoked',
    ]);
    expect(seen).toEqual([
      ['of hers', [], null, null, null, 'revoked'],
      ['of both', ['bob@example.org'], null, null, null, 'in use'],
      ['of a group', [], ['staff'], null, null, 'in use'],
      ['of all', null, null, null, null, 'in use'],
      ['of old', null, [], null, null, 'revoked'],
      ['of a user', null, null, [], [], 'revoked'],
    ]);
  });

  it('again it finds nothing', async () => {
    const { code, json } = await forget(person, '--yes');
    expect(code).toBe(0);
    expect(new Set(Object.values(json.removed))).toEqual(new Set([0]));
  });

  it('an undo passes over what was forgotten', async () => {
    const { json } = await installation.cli('undo', runId, '--wait', '--json');
    expect(json).toMatchObject({ status: 'success', totals: { restored_documents: 0 } });
  });
});

describeEndToEnd('coppice forget', (servers) => {
  it('knows every column that names a partition or a row', async () => {
    const installation = await createInstallation(servers);
    const { rows } = await sql<{ at: string }>`
      select table_name || '.' || column_name as at from information_schema.columns
      where table_schema = 'coppice' and column_name in
          ('partition', 'partitions', 'row_id', 'document_id', 'subject', 'url', 'workspaces', 'groups',
            'users', 'entities')
        and table_name !~ '^(ledger_documents|items|changes)_'
      order by 1`.execute(installation.parts.db);
    // A table that is missing here keeps what was to be forgotten: see src/state/forget/records.ts.
    expect(rows.map(({ at }) => at)).toEqual([
      'added_rows.row_id',
      'alerts.subject',
      'dead_letters.partition',
      'decay_bases.row_id',
      'entity_results.partition',
      'entity_results.subject',
      'holds.partition',
      'holds.row_id',
      'ledger_vectors.row_id',
      'memory_verdicts.partition',
      'partition_locks.partition',
      'proposals.partition',
      'proposals.subject',
      'rule_holds.partition',
      'rule_holds.row_id',
      'run_partitions.partition',
      'sources.row_id',
      'sources.url',
      'swaps.partition',
      'swaps.row_id',
      'tokens.entities',
      'tokens.groups',
      'tokens.users',
      'tokens.workspaces',
      'topic_scopes.subject',
      'topics.subject',
    ]);
    await installation.close();
  });
});

describeEndToEnd('coppice forget while a run works', (servers) => {
  it('is refused for its partitions, and not for others', async () => {
    const installation = await createInstallation({
      ...servers,
      settings: { jobs: { 'ttl-cleanup': { brake: open } } },
    });
    const { db } = installation.parts;
    await sql`insert into coppice.partition_locks (key, collection, partition, epoch, run_id, workflow_id, namespace)
      values ('k', 'documents', ${person}, 1, 'run 1', 'w', 'default')`.execute(db);
    const refused = await installation.cli('forget', person, '--yes', '--json');
    expect(refused).toMatchObject({ code: 1, json: { error: { name: 'RunOpenError' } } });
    expect((await installation.cli('forget', 'bob@example.org', '--yes', '--json')).code).toBe(0);
    await installation.close();
  });
});
