import { sql } from 'kysely';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { contentsOf, type SeedDocument, seed } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { acceptingPoison, poison } from '../support/poison.ts';
import { describeEndToEnd, describeOnBothStores } from '../support/requires.ts';

const open = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
const documents: SeedDocument[] = Array.from({ length: 600 }, (_, at) => ({
  id: `d${at}`,
  workspace: `w${at % 6}`,
  expired: at % 2 === 0,
}));

describeEndToEnd('a poisoned partition', (servers) => {
  let installation: Installation;

  beforeEach(async () => {
    installation = await createInstallation({
      ...servers,
      settings: {
        collections: acceptingPoison,
        jobs: { 'ttl-cleanup': { brake: open, retry: { max_retries: 2, retry_delay_seconds: 0.2 } } },
      },
    });
    await seed(installation.parts, documents);
    await installation.worker();
  });
  afterEach(() => installation.close());

  it('becomes a dead letter, the others finish; retry completes it once the fault is gone', async () => {
    const { db } = installation.parts;
    await poison(db, 'w2');
    const run = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(run.code).toBe(5);
    expect(run.json).toMatchObject({
      status: 'partial',
      partitions: { done: 2, dead: 1 },
      dead_letters: 1,
      totals: { deleted_documents: 200 },
    });
    const letters = (await installation.cli('dead-letters', 'list', '--json')).json;
    const shown = await installation.cli('dead-letters', 'show', letters[0].id, '--json');
    expect(shown.json).toEqual(letters[0]);
    expect(Object.keys(shown.json)).toEqual(
      expect.arrayContaining(['error', 'attempts', 'parameters', 'partition', 'first_at', 'last_at']),
    );
    const none = await installation.cli('dead-letters', 'show', 'none', '--json');
    expect(none).toMatchObject({ code: 1, json: { error: { name: 'UnknownDeadLetterError' } } });
    expect(letters).toHaveLength(1);
    expect(letters[0]).toMatchObject({ job: 'ttl-cleanup', partition: 'w2', error: { name: 'StoreRefusedError' } });
    expect(letters[0].error.message).toContain('still_cited');

    const { events } = await installation.client.workflow.getHandle(run.json.workflow_id).fetchHistory();
    const history = JSON.stringify(events, (_key, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString() : value,
    );
    expect(history).toContain('still_cited');
    // Neither the driver's details, which hold values of rows, nor paths of this machine.
    expect(history).not.toMatch(/words of|node_modules/);

    const stillBad = await installation.cli('dead-letters', 'retry', letters[0].id, '--wait', '--json');
    expect(stillBad.code).toBe(5);
    const after = (await installation.cli('dead-letters', 'list', '--json')).json;
    expect(after).toMatchObject([{ id: letters[0].id }]);
    expect(after[0].attempts).toBeGreaterThan(letters[0].attempts);

    await sql`drop trigger stumble on knowledge.documents`.execute(db);
    await sql`update knowledge.documents set expires_at = now() - interval '1 day' where id in ('d1', 'd3')`.execute(
      db,
    );
    const retried = await installation.cli('dead-letters', 'retry', letters[0].id, '--wait', '--json');
    expect(retried).toMatchObject({ code: 0, json: { status: 'success', totals: { deleted_documents: 100 } } });
    expect((await installation.cli('dead-letters', 'list', '--json')).json).toEqual([]);
    // Only the partition of the dead letter was touched.
    expect((await contentsOf(installation.parts)).documents).toEqual(expect.arrayContaining(['d1', 'd3']));
  });

  it('with a kind of error that may pass is retried by Temporal and then finished', async () => {
    const { db } = installation.parts;
    await sql`create sequence knowledge.tries`.execute(db);
    await sql`create function knowledge.stumble() returns trigger language plpgsql as $$ begin
      if old.workspace = 'w2' and nextval('knowledge.tries') <= 2 then
        raise exception using errcode = '40001', message = 'passing';
      end if;
      return old; end $$`.execute(db);
    await sql`create trigger stumble before delete on knowledge.documents
      for each row execute function knowledge.stumble()`.execute(db);
    const run = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(run.json).toMatchObject({ status: 'success', dead_letters: 0, totals: { deleted_documents: 300 } });
  });

  it('is no dead letter any more once nothing is due there', async () => {
    const { db } = installation.parts;
    await poison(db, 'w2');
    await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    await sql`update knowledge.documents set expires_at = now() + interval '1 day' where workspace = 'w2'`.execute(db);
    const [letter] = (await installation.cli('dead-letters', 'list', '--json')).json;
    const retried = await installation.cli('dead-letters', 'retry', letter.id, '--wait', '--json');
    expect(retried.json).toMatchObject({ status: 'success', totals: { deleted_documents: 0 } });
    expect((await installation.cli('dead-letters', 'list', '--json')).json).toEqual([]);
  });

  it('dropped dead letters are forgotten, and the next run comes to the partition as to any other', async () => {
    const { db } = installation.parts;
    await poison(db, 'w2');
    await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    const [letter] = (await installation.cli('dead-letters', 'list', '--json')).json;
    expect((await installation.cli('dead-letters', 'drop', letter.id, '--json')).code).toBe(0);
    expect((await installation.cli('dead-letters', 'drop', letter.id, '--json')).json.error.name).toBe(
      'UnknownDeadLetterError',
    );
    await sql`drop trigger stumble on knowledge.documents`.execute(db);
    const run = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(run.json).toMatchObject({ status: 'success', totals: { deleted_documents: 100 } });
  });
});

describeOnBothStores('more expired documents in one workspace than a page or a batch takes', (stores) => {
  let installation: Installation;
  afterAll(() => installation.close());

  it('leave none: no page limit ends a run early', async () => {
    // A batch in PostgreSQL takes up to 20,000 rows; Weaviate returns and deletes up to 10,000 objects at once.
    const count = stores.weaviateUrl === undefined ? 25_001 : 5_001;
    installation = await createInstallation({ ...stores, settings: { jobs: { 'ttl-cleanup': { brake: open } } } });
    const many = Array.from({ length: count }, (_, at) => ({ id: `d${at}`, workspace: 'one', expired: true }));
    await seed(installation.parts, [...many, { id: 'kept', workspace: 'one', expired: false }]);
    await installation.worker();
    const run = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(run.json).toMatchObject({
      status: 'success',
      totals: { deleted_documents: count, deleted_vectors: count * 2 },
    });
    const left = await contentsOf(installation.parts);
    expect(left.documents).toEqual(['kept']);
    expect(left.vectors).toBe(2);
  }, 400_000);
});
