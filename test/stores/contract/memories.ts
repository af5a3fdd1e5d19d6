import { sql } from 'kysely';
import { toMapping } from '../../../src/config/mapping.ts';
import type { Db } from '../../../src/database/schema.ts';
import type { Rule } from '../../../src/domain/rules/index.ts';
import { planPartitions } from '../../../src/state/runs/run-partitions.ts';
import type { Batch } from '../../../src/stores/ports/batch.ts';
import type { Changes } from '../../../src/stores/ports/change-table.ts';
import type { RowTable } from '../../../src/stores/ports/row-store.ts';
import type { PartitionCount } from '../../../src/stores/ports/row-survey.ts';
import { createRowStore } from '../../../src/stores/postgres/row-store.ts';
import { newRun, survey } from './collection.ts';

export interface Memory {
  readonly id: string;
  readonly user?: string;
  readonly score: unknown;
  readonly used?: Date | string | null;
  readonly created?: Date;
  readonly pinned?: boolean | null;
  readonly bot?: string;
}

let made = 0;

/** A table of memories whose score is of this type, or a key of a JSON column. */
export async function createMemories(db: Db, scoreType = 'double precision') {
  made += 1;
  const name = `memories_${made}`;
  const inJson = scoreType === 'json';
  await sql`create table ${sql.id(name)} (id text primary key, owner text, bot text,
    score ${sql.raw(inJson ? 'text' : scoreType)}, payload jsonb, used timestamptz, made timestamptz, pinned boolean)`.execute(
    db,
  );
  const mapping = toMapping(name, {
    ...{ kind: 'memories', table: name, user: 'owner', bot: 'bot', pinned: 'pinned' },
    score: inJson ? { path: 'payload.meta.score' } : 'score',
    ...{ last_accessed_at: 'used', created_at: 'made' },
  });
  const insert = async (...memories: readonly Memory[]) => {
    for (const { id, user = 'u', score, used = null, created = null, pinned = null, bot = null } of memories) {
      const payload = inJson ? JSON.stringify({ text: id, meta: { score, kept: true } }) : null;
      await sql`insert into ${sql.id(name)} values (${id}, ${user}, ${bot}, ${inJson ? null : score}, ${payload}::jsonb,
        ${used}, ${created}, ${pinned})`.execute(db);
    }
  };
  const scores = async () => {
    const { rows } = await sql<{ id: string; score: string | null }>`select id,
      ${sql.raw(inJson ? `(payload #> '{meta,score}')::text` : 'score::text')} as score from ${sql.id(name)} order by id`.execute(
      db,
    );
    return Object.fromEntries(rows.map((row) => [row.id, row.score]));
  };
  const execute = (text: string) => sql.raw(text.replaceAll('TABLE', name)).execute(db);
  return { name, mapping, insert, scores, execute, table: () => createRowStore(mapping).open(db) };
}

/** Result of a run that changes rows. */
export interface ChangeRun {
  readonly runNo: number;
  readonly parts: ReadonlyMap<string, number>;
  readonly counts: readonly PartitionCount[];
  readonly changed: number;
  readonly spared: number;
}

/** One run of the job on one collection, partition by partition; `between` is called after the survey. */
export async function changeRun(
  db: Db,
  table: RowTable,
  rule: Rule,
  between?: () => Promise<unknown>,
): Promise<ChangeRun> {
  const { no: runNo } = await newRun(db);
  const terms = { rule, respectHolds: true };
  const counts = await survey(db, table, terms);
  const planned = counts.flatMap(({ partition, rows, due, besides }, index) =>
    partition === null || (due === 0 && besides !== true)
      ? []
      : [{ no: index + 1, collection: table.mapping.name, partition, rows, due }],
  );
  await db.transaction().execute(async (tx) => {
    await planPartitions(tx, runNo, planned);
    await table.collect(tx, terms, runNo);
  });
  await between?.();
  let [changed, spared] = [0, 0];
  for (const { no: partNo, partition } of planned) {
    for (let after: string | null = null; ; ) {
      const batch: Batch = { runNo, partNo, partition, rule, after, size: 3, keep: true };
      const done: Changes = await db.transaction().execute((tx) => table.changes.apply(tx, batch));
      changed += done.changed;
      spared += done.spared;
      if (done.seen < 3) break;
      after = done.after;
    }
  }
  return { runNo, counts, changed, spared, parts: new Map(planned.map(({ partition, no }) => [partition, no])) };
}

export async function undoChange(db: Db, table: RowTable, { runNo, parts }: ChangeRun, rule: Rule) {
  const { no: undoRunNo, run_id: undoRunId } = await newRun(db, 'undo');
  const sum = { restored: 0, refused: [] as string[] };
  for (const [partition, partNo] of parts) {
    for (;;) {
      const request = { runNo, partNo, partition, undoRunNo, undoRunId, rule, limit: 3 };
      const done = await db.transaction().execute((tx) => table.changes.undo(tx, request));
      sum.restored += done.restored;
      sum.refused.push(...done.refused);
      if (done.seen < 3) break;
    }
  }
  return sum;
}
