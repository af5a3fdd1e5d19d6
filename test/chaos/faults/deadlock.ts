import { sql } from 'kysely';
import pg from 'pg';
import { until } from '../../support/until.ts';
import type { Fault } from '../fault.ts';
import type { Scene } from '../harness/scene.ts';

/**
 * A session that takes the run's locks in the opposite order. The one that checks for the deadlock first is its victim:
 * sometimes the run, sometimes the other.
 */
export const deadlock: Fault = {
  name: 'deadlock',
  title: 'another session locks rows and partition records in the opposite order',
  disturb: async (scene) => {
    const other = new pg.Client({ connectionString: scene.world.installation.databaseUrl });
    other.on('error', () => {});
    await other.connect();
    try {
      await scene.strike(4, async () => {
        await other.query(`set deadlock_timeout = '${scene.random() < 0.3 ? '1ms' : '10s'}'`);
        const pair = scene.phase === 'run' && scene.random() < 0.5 ? await twoRows(scene) : await twoRecords(scene);
        return pair !== null && (await cross(scene, other, pair));
      });
    } finally {
      await other.end();
    }
  },
};

/** The two rows in the order in which they are locked. */
type Pair = readonly [string, string];

/** Neighbours in the order in which a batch takes them, the later one first. */
async function twoRows(scene: Scene): Promise<Pair | null> {
  const { rows } = await sql<{ id: string }>`
    select d.id from knowledge.documents d join coppice.run_partitions p on p.partition = d.workspace
    where p.run_no = (select no from coppice.runs where run_id = ${scene.run.run_id}) and p.state = 'working'
      and d.expires_at < now() order by p.no, d.id limit 12`.execute(scene.world.installation.parts.db);
  const at = Math.floor(scene.random() * (rows.length - 1));
  const [first, second] = [rows[at + 1], rows[at]];
  if (first === undefined || second === undefined) return null;
  const lock = (id: string) => `select from knowledge.documents where id = '${id}' for update`;
  return [lock(first.id), lock(second.id)];
}

/** The record of a partition's progress, then its lock: a batch takes the lock first. */
async function twoRecords(scene: Scene): Promise<Pair | null> {
  const { rows } = await sql<{ run_no: number; no: number; key: string }>`
    select p.run_no, p.no, l.key from coppice.run_partitions p
    join coppice.partition_locks l on l.collection = p.collection and l.partition = p.partition
    where p.run_no = (select no from coppice.runs where run_id = ${scene.run.run_id})
      and p.state = 'working'`.execute(scene.world.installation.parts.db);
  const found = scene.oneOf(rows);
  if (found === undefined) return null;
  return [
    `select from coppice.run_partitions where run_no = ${found.run_no} and no = ${found.no} for update`,
    `select from coppice.partition_locks where key = '${found.key}' for update`,
  ];
}

/** Whether somebody waited for us when we asked for what that one may hold. */
async function cross(scene: Scene, other: pg.Client, [first, second]: Pair): Promise<boolean> {
  const { db } = scene.world.installation.parts;
  const { rows: me } = await other.query<{ pid: number }>('select pg_backend_pid() as pid');
  await other.query('begin');
  try {
    await other.query(first);
    const met = await until(
      'somebody waits for the other session',
      async () => {
        const { rows } = await sql<{ count: number; ended: boolean }>`
          select (select count(*) from pg_stat_activity where ${me[0]?.pid ?? 0} = any(pg_blocking_pids(pid)))::int8 as count,
            (select finished_at is not null from coppice.runs where run_id = ${scene.run.run_id}) as ended`.execute(db);
        return (rows[0]?.count ?? 0) > 0 ? 'waits' : rows[0]?.ended === true && 'ended';
      },
      2000,
    ).catch(() => 'nobody');
    if (met !== 'waits') return false;
    await other.query(second);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '40P01') return true;
    throw error;
  } finally {
    await other.query('rollback');
  }
}
