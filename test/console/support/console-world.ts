import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { loadGroups } from '../../api/support/graph-world.ts';
import type { TestApi } from '../../api/support/test-api.ts';
import { addLetters, createWorld, type World } from '../../api/support/world.ts';
import { seed } from '../../support/corpus.ts';
import type { Installation } from '../../support/installation.ts';

/** Text of a store that a page must show as it is. */
export const markup = '<img src=x onerror="window.hacked=true"><script>window.hacked=true</script>';
const rightToLeft = 'مستندات ‮gnp.exe';
const longId = `long-${'x'.repeat(980)}`;

const wait = { headers: { prefer: 'wait=60' } };

export interface ConsoleWorld extends Pick<World, 'held'> {
  /** A run that removed rows. */
  readonly removed: string;
  readonly proposal: string;
  readonly merge: string;
  readonly report: string;
  /** A report about a user with a hostile name. */
  readonly hostileReport: string;
  /** An undo with a hostile reason. */
  readonly undone: string;
}

/** A world that also has questions. */
export function createConsoleWorld(servers: Parameters<typeof createWorld>[0]): Promise<Installation> {
  return createWorld(servers, { documents: {}, queries: { kind: 'queries' } });
}

/** Something for every view, with names as hostile as stores may have them. */
export async function fillConsoleWorld(installation: Installation, api: TestApi): Promise<ConsoleWorld> {
  const { db } = installation.parts;
  await seed(installation.parts, [
    ...Array.from({ length: 6 }, (_, at) => ({ id: `${markup} ${at}`, workspace: markup, expired: at < 2 })),
    { id: longId, workspace: rightToLeft, expired: true },
    { id: 'spare', workspace: rightToLeft, expired: false },
  ]);
  await sql`update knowledge.documents set content = ${markup} where workspace = ${markup}`.execute(db);
  const first = (await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs', wait)).json;
  const undone = (await api.ask('POST', `/api/v1/runs/${first.run_id}/undo`, { ...wait, body: { reason: markup } }))
    .json;
  const schedule = `/api/v1/schedules/${installation.schedulePrefix}ttl-cleanup`;
  await api.ask('POST', `${schedule}/resume`, { body: { reason: markup } });
  await sql`update knowledge.documents set expires_at = now() - interval '1 hour' where id in (${`${markup} 2`}, ${longId})`.execute(
    db,
  );
  const removed = (await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs', wait)).json;
  await loadGroups(installation, [markup]);
  for (const group of ['scarlet', markup]) {
    await api.ask('POST', `/api/v1/groups/mark-stale?group_id=${encodeURIComponent(group)}`);
  }
  await addLetters(installation, api, removed.run_id);
  await sql`update coppice.dead_letters set error = error || ${JSON.stringify({ message: markup, hint: markup })}::jsonb`.execute(
    db,
  );
  const held = await holdRun(installation, api);
  return {
    held,
    removed: removed.run_id,
    proposal: await addProposals(installation),
    merge: await addMerges(installation),
    ...(await addReports(installation, api)),
    undone: undone.run_id,
  };
}

/** A run above the brake. */
export async function holdRun({ parts: { db } }: Installation, api: TestApi): Promise<string> {
  await sql`update knowledge.documents set expires_at = now() - interval '1 minute'
    where substring(id from '^(?:crimson|azure)-([0-9]+)$')::int between 10 and 39`.execute(db);
  return (await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs', wait)).json.run_id;
}

/** As the job that consults a model writes it. */
async function addProposals({ parts: { db } }: Installation): Promise<string> {
  const line = (key: string) => ({ id: key, category: 'food', key, value: markup });
  const content = {
    lines: [line('likes'), line('prefers')],
    changes: [{ decidedBy: 'model', lines: [2], reason: 'merged', by: 1, added: null }],
    ...{ removed: ['prefers'], added: [], categories: ['food'], data: 'digest' },
  };
  const { rows } = await sql<{ id: string }>`
    insert into coppice.proposals (job, collection, partition, subject, question, state, asked, content, due, model)
    select 'profile-maintenance', 'profiles', 'person-' || n, '["user",""]', 'q' || n, 'proposed', true,
      ${JSON.stringify(content)}::jsonb, 1, 'small-model'
    from generate_series(1, 3) n returning id::text as id`.execute(db);
  return rows.at(-1)?.id ?? '';
}

/** Pairs that a run has left to a person; the entities of the first are in the graph. */
async function addMerges({ parts: { db } }: Installation): Promise<string> {
  const evidence = {
    ...{ survivor_name: 'Ada', loser_name: markup, cosine: 0.93, same_name: false },
    ...{ agree: [markup], differ: ['city'] },
  };
  const { rows } = await sql<{ id: string }>`
    insert into coppice.merges (key, graph, group_id, kind, type, survivor, loser, state, bits, guard, evidence)
    select 'pair-' || n, 'graph', 'scarlet', 'entity', 'person', case n when 2 then 'a' else 'a' || n end,
      case n when 2 then 'b' else 'b' || n end, 'review', 3.5, 'the names differ in a number', ${JSON.stringify(evidence)}::jsonb
    from generate_series(1, 2) n returning id::text as id`.execute(db);
  return rows.at(-1)?.id ?? '';
}

/** Users ask about backups for eight weeks, and this week about invoices; a report about two of them. */
async function addReports(
  installation: Installation,
  api: TestApi,
): Promise<Pick<ConsoleWorld, 'report' | 'hostileReport'>> {
  const file = join(installation.parts.config.dataDir, '..', 'questions.jsonl');
  const day = (at: number) => new Date(Date.now() - (at + 1) * 86_400_000).toISOString();
  const lines = ['ann', 'bob', 'cara', 'dora', 'emil', markup].flatMap((user) =>
    Array.from({ length: 63 }, (_, at) => ({
      ...{ id: `${user}-${at}`, user, answer: 'see the manual', asked_at: day(at) },
      question: at < 7 ? 'wrong amount on an invoice' : 'restore a database backup',
    })),
  );
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'));
  await installation.cli('load', 'queries', file, '--json');
  for (const job of ['topic-extraction', 'insight-generation']) await api.ask('POST', `/api/v1/jobs/${job}/runs`, wait);
  const about = async (user: string): Promise<string> =>
    (await api.ask('POST', '/api/v2/reports/generate', { body: { scope: 'user', user } })).json.data.id;
  return { report: await about('ann'), hostileReport: await about(markup) };
}
