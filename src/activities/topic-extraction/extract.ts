import type { Totals } from '../../domain/run.ts';
import { closestTopic } from '../../domain/topics/topic.ts';
import type { Phrase, TextAnalyser } from '../../language/words/analyse-text.ts';
import { readTopics } from '../../state/intelligence/topics.ts';
import type { DueQuestion, NewExtraction, QueryTable } from '../../stores/ports/query-table.ts';
import { chosenModel, RunBudget } from '../run-budget.ts';
import type { PartitionWork, Step, SweepTerms, TogetherWork } from '../sweep/sweepable.ts';
import { phrasesByModel } from './ask-model.ts';
import { regroup } from './regroup.ts';
import type { TopicTools } from './tools.ts';

export interface Extracting {
  readonly collection: string;
  readonly queries: QueryTable;
  readonly tools: TopicTools;
}

/** Questions that are read at once: a model takes its time with each, and a batch has to end within it. */
const atOnce = { keyword: 5_000, model: 100 } as const;

function mostAtOnce({ tools }: Extracting, { parameters }: SweepTerms): number {
  return parameters.method === 'model' && tools.model !== null ? atOnce.model : atOnce.keyword;
}

/** One batch of one user's questions. The last one also groups the topics again, where enough questions are new. */
export async function extractBatch(extracting: Extracting, work: PartitionWork, size: number): Promise<number> {
  const { queries } = extracting;
  const { runNo, partNo } = work.ledger;
  const places = [{ no: partNo, after: work.guard.after }];
  const limit = Math.min(size, mostAtOnce(extracting, work.terms));
  const questions = await queries.due(work.db, runNo, places, limit);
  if (questions.length > 0) {
    const extractions = await extracted(extracting, { ...work, runNo }, questions);
    await work.guard.commit(async (tx) => {
      const added = await queries.add(tx, { runNo, keep: work.keep }, extractions);
      return { after: questions.at(-1)?.place ?? null, ...countsOf(added.get(partNo) ?? 0, extractions, work) };
    });
  }
  if (questions.length === limit) return size;
  const grouping = (await regroup(extracting, work.db, [work.partition], work.signal)).get(work.partition);
  if (grouping !== undefined) {
    await work.guard.commit(async (tx) => {
      await grouping.write(tx);
      return { totals: grouping.totals };
    });
  }
  return questions.length;
}

/** The same of several users: their questions are stored together, and their topics in a last commit. */
export async function extractTogether(extracting: Extracting, work: TogetherWork): Promise<void> {
  const { queries } = extracting;
  const { db, runNo, keep, partitions, guard, signal } = work;
  const places = new Map(partitions.map(({ no, after }) => [no, after]));
  const limit = mostAtOnce(extracting, work.terms);
  for (let read = limit; read === limit; ) {
    const from = [...places].map(([no, after]) => ({ no, after }));
    const questions = await queries.due(db, runNo, from, limit);
    const extractions = await extracted(extracting, work, questions);
    for (const { partNo, place } of questions) places.set(partNo, place);
    await guard.commit(async (tx) => {
      const added = await queries.add(tx, { runNo, keep }, extractions);
      const parts = Map.groupBy(extractions, ({ partNo }) => partNo);
      return new Map(
        [...parts].map(([no, own]): [number, Step] => [
          no,
          { after: places.get(no) ?? null, ...countsOf(added.get(no) ?? 0, own, work) },
        ]),
      );
    });
    read = questions.length;
  }
  const users = partitions.map(({ partition }) => partition);
  const groupings = await regroup(extracting, db, users, signal);
  await guard.finish(async (tx) => {
    for (const grouping of groupings.values()) await grouping.write(tx);
    return new Map(
      partitions.map(({ no, partition }): [number, Step] => [no, { totals: groupings.get(partition)?.totals ?? {} }]),
    );
  });
}

function countsOf(
  added: number,
  extractions: readonly NewExtraction[],
  { keep, terms }: Pick<PartitionWork, 'keep' | 'terms'>,
): Pick<Step, 'totals' | 'recorded'> {
  const byKeywords = extractions.filter(({ method }) => method === 'keyword').length;
  const totals: Totals = { extracted_queries: added };
  const asked = terms.parameters.method === 'model';
  return { totals: asked ? { ...totals, keyword_fallbacks: byKeywords } : totals, recorded: keep ? added : 0 };
}

/** Each question belongs at once to the topic of its user that is closest; the next grouping looks at it again. */
async function extracted(
  { collection, tools }: Extracting,
  { db, signal, terms, runNo }: Pick<PartitionWork, 'db' | 'signal' | 'terms'> & { readonly runNo: number },
  questions: readonly DueQuestion[],
): Promise<NewExtraction[]> {
  if (questions.length === 0) return [];
  const analyser: TextAnalyser = await tools.analyser();
  const users = [...new Set(questions.map(({ user }) => user))];
  const states = await readTopics(db, { collection, scope: 'user' }, users);
  const all = questions.map((question) => ({ question, analysed: analyser.analyse(question.text) }));
  let byModel: ReadonlyMap<string, readonly Phrase[]> = new Map();
  if (terms.parameters.method === 'model' && tools.model !== null) {
    const budget = RunBudget.of(db, runNo, terms.parameters);
    const modelName = chosenModel(terms.parameters);
    byModel = await phrasesByModel({ model: tools.model, modelName, budget, analyser, signal }, all).finally(() =>
      budget.close(),
    );
  }
  return all.map(({ question: { text: _, place: __, ...question }, analysed: { language, phrases, key } }) => {
    signal.throwIfAborted();
    const chosen = byModel.get(question.id);
    const said = chosen ?? phrases;
    const own = said.map(({ term }) => term);
    const topic = closestTopic(own, states.get(question.user)?.topics ?? []);
    return {
      ...question,
      ...{ language, method: chosen === undefined ? 'keyword' : 'model', key, terms: own },
      phrases: said.map((one) => one.text),
      topic: topic === null ? null : { id: topic.id, label: topic.label },
    };
  });
}
