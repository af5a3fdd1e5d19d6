import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';

const users = 40;
const each = 10;
/** Of each ten memories of a user eight are old, one of which is pinned, and two are new. */
const old = users * 7;

describeEndToEnd('memory-decay', (servers) => {
  let installation: Installation;
  const cli = (...args: string[]) => installation.cli(...args, '--json');

  beforeAll(async () => {
    installation = await createInstallation({
      ...servers,
      settings: { collections: { documents: {}, facts: { kind: 'memories' } } },
    });
    await sql`insert into knowledge.facts (id, user_id, content, score, created_at, last_accessed_at, pinned)
      select format('m%s-%s', u, n), 'user ' || u, 'fact ' || n, 1, now() - interval '400 days',
        now() - case when n > 8 then interval '1 day' else interval '60 days' end, n = 1
      from generate_series(1, ${sql.lit(users)}) u, generate_series(1, ${sql.lit(each)}) n`.execute(
      installation.parts.db,
    );
    await sql`insert into knowledge.facts (id, score, last_accessed_at) values ('nobody', 1, now() - interval '60 days')`.execute(
      installation.parts.db,
    );
    await installation.worker();
  });
  afterAll(() => installation.close());

  async function scores(): Promise<Record<string, number>> {
    const { rows } = await sql<{ score: number; count: number }>`
      select score, count(*)::int8 as count from knowledge.facts group by score order by score`.execute(
      installation.parts.db,
    );
    return Object.fromEntries(rows.map(({ score, count }) => [String(Math.round(score * 1e6) / 1e6), count]));
  }

  it('the preview shows what would change, and changes nothing', async () => {
    const { json } = await cli('preview', 'memory-decay');
    expect(json.survey).toMatchObject({ rows: users * each, due: old, would_delete: 0, would_hold: [], unscoped: 1 });
    expect(await scores()).toEqual({ 1: users * each + 1 });
    const shown = await installation.cli('preview', 'memory-decay');
    expect(shown.stdout).toContain('would change');
  });

  it('a run lowers each score by one day; the same day again changes nothing', async () => {
    const run = await cli('run', 'memory-decay', '--wait');
    expect(run.json).toMatchObject({ status: 'success', totals: { decayed_memories: old, no_longer_due: 0 } });
    expect(await scores()).toEqual({ '0.95': old, 1: users * each + 1 - old });
    const again = await cli('run', 'memory-decay', '--wait');
    expect(again.json).toMatchObject({ status: 'success', totals: { decayed_memories: 0 } });
  });

  it('a normal night is not held; the first run after a parameter was changed is', async () => {
    await sql`update coppice.decay_bases set counted_from = counted_from - interval '1 day'`.execute(
      installation.parts.db,
    );
    const night = await cli('run', 'memory-decay', '--wait');
    expect(night.json).toMatchObject({ status: 'success', totals: { decayed_memories: old } });
    const held = await cli('run', 'memory-decay', '--set', 'daily_decay=0.2', '--wait');
    expect(held.json).toMatchObject({ status: 'held', totals: { decayed_memories: 0 } });
    expect(held.json.survey.would_hold).toEqual([
      `facts: ${old} of ${users * each} rows (70 %) would change; max_share allows 25 %`,
    ]);
    expect(await scores()).toEqual({ 0.9025: old, 1: users * each + 1 - old });
  });

  it('undo of the latest run writes its former scores back; that of an earlier run is refused with the reason', async () => {
    const runs = (await cli('runs', '--job', 'memory-decay')).json;
    const done = runs.filter((one: { status: string }) => one.status === 'success');
    const undone = await cli('undo', done[0].run_id, '--wait');
    expect(undone.json).toMatchObject({ status: 'success', totals: { restored_memories: old, refused: 0 } });
    expect(await scores()).toEqual({ 0.95: old, 1: users * each + 1 - old });
    const refused = await cli('undo', done.at(-1).run_id, '--wait');
    expect(refused.code).not.toBe(0);
    expect(JSON.stringify(refused.json)).toContain('kept until the next run of the job has ended');
    expect((await cli('holds', 'list')).json).toHaveLength(old);
    const next = await cli('run', 'memory-decay', '--wait');
    expect(next.json).toMatchObject({ totals: { decayed_memories: 0 }, survey: { on_hold: old } });
  });

  it('data of a user are forgotten with the user, and those of a memory with its id', async () => {
    const { db } = installation.parts;
    await cli('holds', 'lift', '--collection', 'facts');
    const run = await cli('run', 'memory-decay', '--wait');
    expect(run.json.totals).toMatchObject({ decayed_memories: old });
    const { rows: tables } = await sql<{ name: string }>`select tablename as name from pg_tables
      where schemaname = 'coppice' and tablename ~ '^changes_'`.execute(db);
    expect(tables).toHaveLength(1);
    const kept = async (pattern: string) => {
      const names = ['decay_bases', ...tables.map(({ name }) => name)];
      const counts = await Promise.all(
        names.map(async (name) => {
          const { rows } = await sql<{ count: number }>`
            select count(*)::int8 as count from ${sql.id('coppice', name)} where row_id like ${pattern}`.execute(db);
          return rows[0]?.count;
        }),
      );
      return counts;
    };
    expect(await kept('m7-%')).toEqual([7, 7]);
    expect((await cli('forget', 'user 7', '--yes')).json).toMatchObject({ done: true });
    expect(await kept('m7-%')).toEqual([0, 0]);
    expect(await kept('m8-2')).toEqual([1, 1]);
    expect((await cli('forget', 'm8-2', '--id', '--yes')).json).toMatchObject({ done: true });
    expect(await kept('m8-2')).toEqual([0, 0]);
    expect(await kept('m8-%')).toEqual([6, 6]);
  });

  it('runs for two bots have leases of their own, and no collection of documents is swept', async () => {
    const jobs = (await cli('jobs')).json.find((one: { id: string }) => one.id === 'memory-decay');
    expect(jobs.collections).toEqual(['facts']);
    const both = await Promise.all(
      ['a', 'b'].map((bot) => cli('run', 'memory-decay', '--set', `bot_id=${bot}`, '--wait')),
    );
    expect(both.map(({ json }) => json.status)).toEqual(['success', 'success']);
  });
});
