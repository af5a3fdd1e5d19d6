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

export interface Regrouped {
  readonly collection: string;
  readonly queries: QueryTable;
  readonly tools: TopicTools;
}

/** By user, for those of whom enough questions are new. */
export async function regroup(
  { collection, queries, tools }: Regrouped,
  db: Db,
  users: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Regrouping>> {
  const states = await readTopics(db, { collection, scope: 'user' }, users);
  const due = [...states.values()].filter(needsGrouping);
  const group = due.length === 0 ? null : await readBackground(db, collection);
  const found = new Map<string, Regrouping>();
  for (const state of due) {
    signal.throwIfAborted();
    const scope = { collection, scope: 'user', subject: state.subject } as const;
    const questions = await queries.latest(db, state.subject, latestQuestions);
    const { topics, numbers, nextNo, changes } = await groupTopics(scope, questions, tools.search, {
      nextNo: state.nextNo,
      known: state.topics.map(({ no }) => no),
      group,
      signal,
    });
    found.set(state.subject, {
      totals: { ...changes },
      write: (tx) =>
        writeGrouping(tx, scope, {
          ...{ topics, nextNo, background: null },
          questions: questions.map(({ id }, at) => ({ id, no: numbers[at] ?? -1 })),
        }),
    });
  }
  return found;
}
