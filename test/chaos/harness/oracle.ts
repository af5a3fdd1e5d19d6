import { sql } from 'kysely';
import type { RunJson } from '../../../src/domain/run.ts';
import { contentsOf } from '../../support/corpus.ts';
import { strayCommits } from './audit.ts';
import type { Scene } from './scene.ts';
import { placesOf, type World } from './world.ts';

/** How the stores, the records and the notes of all commits differ from those of an undisturbed run. Empty: not at all. */
export async function differencesAfterRun(scene: Scene): Promise<string[]> {
  const { world, runs } = scene;
  const { due, documents } = world.corpus;
  const gone = new Set(documents.filter((one) => one.expired).map((one) => one.id));
  const left = new Map([...world.before.byDocument].filter(([id]) => !gone.has(id)));
  return [
    ...totalsDifferences(runs, { deleted_documents: due, deleted_vectors: due * 2, no_longer_due: 0 }),
    ...(await contentDifferences(world, left)),
    ...(await stateDifferences(world)),
  ];
}

export async function differencesAfterUndo(scene: Scene): Promise<string[]> {
  return [
    ...(await contentDifferences(scene.world, scene.world.before.byDocument)),
    ...(await ledgerLeft(scene.world)),
  ];
}

/** Of the undo of each run, together. */
export function undoTotalsDifferences(scene: Scene, undos: readonly RunJson[]): string[] {
  const { due } = scene.world.corpus;
  return totalsDifferences(undos, { restored_documents: due, restored_vectors: due * 2, refused: 0 });
}

/** Runs that were ended by hand end as cancelled; what the last one could finish it has finished. */
function totalsDifferences(runs: readonly RunJson[], expected: Readonly<Record<string, number>>): string[] {
  const found: string[] = [];
  for (const [name, count] of Object.entries(expected)) {
    const sum = runs.reduce((total, run) => total + (run.totals[name] ?? 0), 0);
    if (sum !== count) found.push(`${name}: ${sum} instead of ${count}`);
  }
  for (const run of runs) {
    const fine = run === runs.at(-1) ? ['success'] : ['success', 'cancelled'];
    if (!fine.includes(run.status)) found.push(`${run.kind} ended ${run.status}: ${run.error?.message ?? ''}`);
    if (run.dead_letters > 0) found.push(`${run.dead_letters} dead letters`);
  }
  return found;
}

async function contentDifferences(world: World, expected: ReadonlyMap<string, string>): Promise<string[]> {
  const found = await contentsOf(world.installation.parts);
  const missing = [...expected.keys()].filter((id) => !found.byDocument.has(id));
  const extra = [...found.byDocument.keys()].filter((id) => !expected.has(id));
  const changed = [...expected].filter(([id, digest]) => (found.byDocument.get(id) ?? digest) !== digest);
  return [
    ...counted('documents are missing', missing),
    ...counted('documents should be gone', extra),
    ...counted(
      'documents differ',
      changed.map(([id]) => id),
    ),
    ...counted('documents and vectors do not fit', found.strays),
    ...((await placesOf(world.installation)) === world.untouched ? [] : ['rows that are not due were written']),
  ];
}

async function stateDifferences({ installation: { parts } }: World): Promise<string[]> {
  const { rows } = await sql<{ locks: number; leases: string | null; letters: number }>`
    select (select count(*) from coppice.partition_locks where run_id is not null)::int8 as locks,
      (select string_agg(l.name || ' by a run that is ' || coalesce(r.status, 'unknown'), ', ')
        from coppice.leases l left join coppice.runs r using (run_id) where l.run_id is not null) as leases,
      (select count(*) from coppice.dead_letters)::int8 as letters`.execute(parts.db);
  const { locks = 0, leases = null, letters = 0 } = rows[0] ?? {};
  return [
    ...(locks > 0 ? [`${locks} partitions are still locked`] : []),
    ...(leases === null ? [] : [`leases are still held: ${leases}`]),
    ...(letters > 0 ? [`${letters} dead letters stand`] : []),
    ...(await strayCommits(parts.db)),
  ];
}

/** After everything was put back the ledger is empty, intents included. */
async function ledgerLeft({ installation: { parts } }: World): Promise<string[]> {
  const { rows: tables } = await sql<{ name: string }>`select name from coppice.ledger_tables`.execute(parts.db);
  const found: string[] = [];
  for (const { name } of [...tables, { name: 'ledger_vectors' }]) {
    const { rows } = await sql<{
      count: number;
    }>`select count(*)::int8 as count from ${sql.id('coppice', name)}`.execute(parts.db);
    if ((rows[0]?.count ?? 0) > 0) found.push(`${rows[0]?.count} rows are left in ledger ${name}`);
  }
  return found;
}

function counted(what: string, ids: readonly string[]): string[] {
  return ids.length === 0 ? [] : [`${ids.length} ${what} (${ids.slice(0, 3).join(', ')})`];
}
