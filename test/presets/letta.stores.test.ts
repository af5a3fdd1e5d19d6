import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { toMapping } from '../../src/config/mapping.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { bindRun, removeAll, undo } from '../stores/contract/collection.ts';
import { describeOnDatabase } from '../support/stores.ts';

const schema = readFileSync(new URL('../fixtures/schemas/letta.sql', import.meta.url), 'utf8');

describeOnDatabase('native', 'preset letta_passages, on the tables of its server', (database) => {
  it('merges copies of an archive and leaves deleted passages alone; undone, all is as it was', async () => {
    const { db } = database;
    await sql.raw(`create extension if not exists vector; ${schema}`).execute(db);
    const copy = (id: string, of: string, deleted: boolean) =>
      sql`insert into archival_passages
      select ${id}, text, embedding, embedding_config, metadata_, tags, archive_id, organization_id, ${deleted}, created_at + interval '1 day'
      from archival_passages where id = ${of}`.execute(db);
    await copy('passage-7', 'passage-1', false);
    await copy('passage-8', 'passage-2', true);
    const image = async () => (await sql`select p::text as row from archival_passages p order by id`.execute(db)).rows;
    const before = await image();
    const store = createRowStore(toMapping('passages', { preset: 'letta_passages' }));
    const rule = { kind: 'dedup' as const, cutoff: new Date() };
    const table = await store.open(db);
    const run = await bindRun(db, table, { rule, respectHolds: true });
    const done = await removeAll(db, table, run, 'archive-1', 10, true, rule);
    expect(done).toMatchObject({ seen: 1, documents: 1, vectors: 1 });
    expect(await image()).toHaveLength(before.length - 1);
    await undo(db, { store }, run, 'archive-1', rule);
    expect(await image()).toEqual(before);
  });
});
