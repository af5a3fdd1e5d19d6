import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chunkUuid } from '../../src/stores/weaviate/chunk-uuid.ts';
import { createGate, type Gate } from '../support/gate.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeWithWeaviate } from '../support/requires.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

const users = ['ann', 'ben', 'chloe'];
const each = 40;
/** Of each text a user has five copies. */
const copies = 5;
const removed = (users.length * each * (copies - 1)) / copies;

describeWithWeaviate('a worker killed while it merges memories with vectors in Weaviate', (servers) => {
  let installation: Installation;
  let worker: WorkerProcess;
  let gate: Gate;
  const cli = (...args: string[]) => installation.cli(...args, '--json');

  beforeAll(async () => {
    const vectors = { in: 'weaviate', class: `Memory_${randomBytes(4).toString('hex')}` };
    const collections = { facts: { kind: 'memories', vectors } };
    const brake = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
    installation = await createInstallation({
      ...servers,
      settings: { collections, jobs: { 'memory-dedup': { brake } } },
    });
    const { db, collections: opened } = installation.parts;
    for (const user of users) {
      await sql`insert into knowledge.facts (id, user_id, content, score, created_at, access_count)
        select format('%s-%s', ${user}::text, n), ${user}, 'text ' || n / ${copies}::int, 1, now() - n * interval '1 hour', n
        from generate_series(0, ${each - 1}) n`.execute(db);
      const objects = Array.from({ length: each }, (_, n) => ({
        ...{ id: chunkUuid(`${user}-${n}`, '1'), documentId: `${user}-${n}`, revision: null },
        properties: { document_id: `${user}-${n}`, workspace: user, chunk_id: '1', text: `text ${n}` },
        vectors: { default: [n, 0.25, 0.5] },
      }));
      await opened[0]?.vectors?.put(user, objects);
    }
    gate = await createGate(db, ['after update on knowledge.facts']);
    worker = await installation.worker();
  });
  afterAll(() => installation?.close());

  async function memories(): Promise<unknown> {
    const { db, collections } = installation.parts;
    const { rows } = await sql<{ row: string }>`select f::text as row from knowledge.facts f order by 1`.execute(db);
    const ids = users.map((user) => Array.from({ length: each }, (_, n) => `${user}-${n}`));
    const found = await Promise.all(
      users.map((partition, at) => collections[0]?.vectors?.fetch({ partition, documentIds: ids[at] ?? [] })),
    );
    const objects = found.flat().map((one) => [one?.documentId, one?.vectors, one?.properties]);
    return [rows, objects.map((one) => JSON.stringify(one)).sort()];
  }

  /** Kills the worker when it has written the memories that stay, and not committed; another one continues. */
  async function killedAt<T>(update: number, work: () => Promise<T>): Promise<T> {
    const { result } = await gate.hold(update, work, () => worker.kill());
    worker = await installation.worker();
    return result;
  }

  it('each copy is counted once, and an undo that is killed is the identity', async () => {
    const before = await memories();
    const { json: run } = await killedAt(1, () => cli('run', 'memory-dedup', '--set', 'batch_size=20', '--wait'));
    expect(run).toMatchObject({ status: 'success', totals: { deleted_memories: removed, no_longer_due: 0 } });
    expect(run.totals).toMatchObject({ deleted_vectors: removed });
    const { rows } = await sql<{ rows: number; uses: number }>`
      select count(*)::int8 as rows, sum(access_count)::int8 as uses from knowledge.facts`.execute(
      installation.parts.db,
    );
    expect(rows).toEqual([{ rows: (users.length * each) / copies, uses: (users.length * each * (each - 1)) / 2 }]);
    const { json: undo } = await killedAt(1, () => cli('undo', run.run_id, '--wait'));
    expect(undo).toMatchObject({ status: 'success', totals: { restored_memories: removed, refused: 0 } });
    expect(await memories()).toEqual(before);
  });
});
