import { closestTopic } from '../../domain/topics/topic.ts';
import type { TextAnalyser } from '../../language/words/analyse-text.ts';
import { readTopics } from '../../state/intelligence/topics.ts';
import type { DueQuestion, NewExtraction, QueryTable } from '../../stores/ports/query-table.ts';
import type { PartitionWork, Step, TogetherWork } from '../sweep/sweepable.ts';
import { type Regrouping, regroup } from './regroup.ts';
import type { TopicTools } from './tools.ts';

export interface Extracting {
  readonly collection: string;
  readonly queries: QueryTable;
  readonly tools: TopicTools;
}

/** One batch of one user's questions. The last one also groups the topics again, where enough questions are new. */
export async function extractBatch(extracting: Extracting, work: PartitionWork, size: number): Promise<number> {
  const { queries } = extracting;
  const { runNo, partNo } = work.ledger;
  const places = [{ no: partNo, after: work.guard.after }];
  const questions = await queries.due(work.db, runNo, places, size);
  if (questions.length > 0) {
    const extractions = await extracted(extracting, work, questions);
    await work.guard.commit(async (tx) => {
      const added = await queries.add(tx, { runNo, keep: work.keep }, extractions);
      return { after: questions.at(-1)?.place ?? null, ...countsOf(added.get(partNo) ?? 0, work.keep) };
    });
  }
  if (questions.length === size) return size;
  const grouping = await regroup(extracting, work.db, work.partition, work.signal);
  if (grouping !== null) {
    await work.guard.commit(async (tx) => {
      await grouping.write(tx);
      return { totals: grouping.totals };
    });
  }
  return questions.length;
}

/** The same of several users: their questions are stored in one commit, and their topics in another. */
export async function extractTogether(extracting: Extracting, work: TogetherWork): Promise<void> {
  const { queries } = extracting;
  const { db, runNo, keep, partitions, guard, signal } = work;
  const questions = await queries.due(db, runNo, partitions, null);
  const extractions = await extracted(extracting, { db, signal }, questions);
  const last = new Map(questions.map(({ partNo, place }) => [partNo, place]));
  await guard.commit(async (tx) => {
    const added = await queries.add(tx, { runNo, keep }, extractions);
    return new Map(
      partitions.map(({ no, after }): [number, Step] => [
        no,
        { after: last.get(no) ?? after, ...countsOf(added.get(no) ?? 0, keep) },
      ]),
    );
  });
  const groupings = new Map<number, Regrouping>();
  for (const { no, partition } of partitions) {
    signal.throwIfAborted();
    const grouping = await regroup(extracting, db, partition, signal);
    if (grouping !== null) groupings.set(no, grouping);
  }
  await guard.finish(async (tx) => {
    for (const grouping of groupings.values()) await grouping.write(tx);
    return new Map(partitions.map(({ no }): [number, Step] => [no, { totals: groupings.get(no)?.totals ?? {} }]));
  });
}

function countsOf(added: number, keep: boolean): Pick<Step, 'totals' | 'recorded'> {
  return { totals: { extracted_queries: added }, recorded: keep ? added : 0 };
}

/** Each question belongs at once to the topic of its user that is closest; the next grouping looks at it again. */
async function extracted(
  { collection, tools }: Extracting,
  { db, signal }: Pick<PartitionWork, 'db' | 'signal'>,
  questions: readonly DueQuestion[],
): Promise<NewExtraction[]> {
  if (questions.length === 0) return [];
  const analyser: TextAnalyser = await tools.analyser();
  const users = [...new Set(questions.map(({ user }) => user))];
  const states = await readTopics(db, { collection, scope: 'user' }, users);
  return questions.map(({ text, place: _, ...question }) => {
    signal.throwIfAborted();
    const { language, phrases, key } = analyser.analyse(text);
    const terms = phrases.map(({ term }) => term);
    const topic = closestTopic(terms, states.get(question.user)?.topics ?? []);
    return {
      ...question,
      ...{ language, method: 'keyword', key, terms, phrases: phrases.map((one) => one.text) },
      topic: topic === null ? null : { id: topic.id, label: topic.label },
    };
  });
}
