import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createGate, type Gate } from '../support/gate.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

const users = 12;
const each = 200;
const all = users * each;

describeEndToEnd('a worker killed while it changes or merges rows', (servers) => {
  let installation: Installation;
  let worker: WorkerProcess;
  let gate: Gate;
  const cli = (...args: string[]) => installation.cli(...args, '--json');

  beforeAll(async () => {
    const collections = { documents: {}, facts: { kind: 'memories' } };
    const brake = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
    const jobs = { 'memory-dedup': { brake } };
    installation = await createInstallation({ ...servers, settings: { collections, jobs } });
    // Of each text a user has five copies, and one memory links to the last of them.
    await sql`insert into knowledge.facts (id, user_id, score, last_accessed_at, content, access_count, links)
      select format('m%s-%s', u, n), 'user ' || u, 1, now() - interval '60 days', 'text ' || (n - 1) / 5, n,
        jsonb_build_array(format('m%s-%s', u, n - n % 5))
      from generate_series(1, ${sql.lit(users)}) u, generate_series(1, ${sql.lit(each)}) n`.execute(
      installation.parts.db,
    );
    gate = await createGate(installation.parts.db, ['after update on knowledge.facts']);
    worker = await installation.worker();
  });
  afterAll(() => installation?.close());

  /** Kills the worker when it has written, and not committed, the batch of that number; another one goes on. */
  async function killedAt(update: number, work: () => Promise<unknown>) {
    const { result } = await gate.hold(update, work, () => worker.kill());
    worker = await installation.worker();
    await result;
  }

  async function scores(): Promise<unknown> {
    const { rows } = await sql<{ score: number; count: number }>`
      select score, count(*)::int8 as count from knowledge.facts group by score`.execute(installation.parts.db);
    return rows;
  }

  // The first update of a run is the rehearsal of its survey.
  it.each([1, 2, 4])(
    'at update %s: scores and counts are those of an undisturbed run, and so is its undo',
    async (at) => {
      let run: { run_id: string } | undefined;
      await killedAt(at, async () => {
        const { json } = await cli('run', 'memory-decay', '--set', 'batch_size=500', '--wait');
        expect(json).toMatchObject({ status: 'success', totals: { decayed_memories: all, no_longer_due: 0 } });
        run = json;
      });
      expect(await scores()).toEqual([{ score: 0.95, count: all }]);
      await killedAt(1, async () => {
        const { json } = await cli('undo', run?.run_id ?? '', '--wait');
        expect(json).toMatchObject({ status: 'success', totals: { restored_memories: all, refused: 0 } });
      });
      expect(await scores()).toEqual([{ score: 1, count: all }]);
      await cli('holds', 'lift', '--collection', 'facts');
      const { rows } = await sql`select from coppice.decay_bases`.execute(installation.parts.db);
      expect(rows).toEqual([]);
    },
  );

  async function memories(): Promise<unknown> {
    const { rows } = await sql<{ digest: string; rows: number; uses: number }>`
      select md5(string_agg(f::text, ';' order by id)) as digest, count(*)::int8 as rows, sum(access_count)::int8 as uses
      from knowledge.facts f`.execute(installation.parts.db);
    return rows[0];
  }

  // A merge updates the memories that stay once in each batch, after it has removed their copies.
  it('at a merge: each copy is counted once, and the undo is the identity', async () => {
    const before = await memories();
    let run: { run_id: string } | undefined;
    await killedAt(2, async () => {
      const { json } = await cli('run', 'memory-dedup', '--set', 'batch_size=500', '--wait');
      expect(json).toMatchObject({ status: 'success', totals: { deleted_memories: (all * 4) / 5, no_longer_due: 0 } });
      run = json;
    });
    const uses = (users * each * (each + 1)) / 2;
    expect(await memories()).toMatchObject({ rows: all / 5, uses });
    const { rows } = await sql<{ links: number }>`select count(*)::int8 as links from knowledge.facts f,
      jsonb_array_elements_text(f.links) l where not exists (select from knowledge.facts t where t.id = l)
        and l !~ '-0$'`.execute(installation.parts.db);
    expect(rows).toEqual([{ links: 0 }]);
    await killedAt(1, async () => {
      const { json } = await cli('undo', run?.run_id ?? '', '--wait');
      expect(json).toMatchObject({ status: 'success', totals: { restored_memories: (all * 4) / 5, refused: 0 } });
    });
    expect(await memories()).toEqual(before);
    await cli('holds', 'lift', '--collection', 'facts');
  });
});
