import type { Db, Tx } from '../../database/schema.ts';
import type { Totals } from '../../domain/run.ts';
import { needsGrouping } from '../../domain/topics/topic.ts';
import { readBackground, readTopics, writeGrouping } from '../../state/intelligence/topics.ts';
import type { QueryTable } from '../../stores/ports/query-table.ts';
import { groupTopics } from './group-topics.ts';
import type { TopicTools } from './tools.ts';

/** Topics are made of the latest questions: of an active user those of some weeks. */
const latestQuestions = 2_000;

/** Topics of a user that were computed, and are written in the transaction of the fence. */
export interface Regrouping {
  readonly totals: Totals;
  write(tx: Tx): Promise<void>;
}

/** `null`: too few questions are new. */
export async function regroup(
  {
    collection,
    queries,
    tools,
  }: { readonly collection: string; readonly queries: QueryTable; readonly tools: TopicTools },
  db: Db,
  user: string,
  signal: AbortSignal,
): Promise<Regrouping | null> {
  const scope = { collection, scope: 'user', subject: user } as const;
  const state = (await readTopics(db, scope, [user])).get(user);
  if (state === undefined || !needsGrouping(state)) return null;
  const questions = await queries.latest(db, user, latestQuestions);
  const { topics, numbers, nextNo, changes } = await groupTopics(scope, questions, tools.search, {
    nextNo: state.nextNo,
    known: state.topics.map(({ no }) => no),
    group: await readBackground(db, collection),
    signal,
  });
  return {
    totals: { ...changes },
    write: (tx) =>
      writeGrouping(tx, scope, {
        ...{ topics, nextNo, background: null },
        questions: questions.map(({ id }, at) => ({ id, no: numbers[at] ?? -1 })),
      }),
  };
}
