import { backgroundOf, type SaidPhrases } from '../../domain/topics/rank-phrases.ts';
import { closestTopic, needsGrouping } from '../../domain/topics/topic.ts';
import { assignOrganisation, countNewExtractions, unassigned } from '../../state/intelligence/organisation.ts';
import { readTopics, writeGrouping } from '../../state/intelligence/topics.ts';
import type { StoredExtraction } from '../../stores/ports/query-table.ts';
import { groupTopics } from '../topic-extraction/group-topics.ts';
import { underLease } from '../under-lease.ts';
import type { Generating } from './settings.ts';

/** Topics of the organisation are made of the latest questions of all users. */
const latestQuestions = 10_000;
const assignedAtOnce = 5_000;

/**
 * Groups the questions of all users into topics of the organisation, where enough of them are new; else each new question is
 * assigned to the closest topic. A topic is named only by phrases that enough of its users wrote.
 */
export async function groupOrganisation({ deps, run, settings, store, signal }: Generating): Promise<void> {
  const { db } = deps;
  const collection = store.mapping.name;
  const scope = { collection, scope: 'organisation', subject: '' } as const;
  const state = (await readTopics(db, scope, [''])).get('');
  const newRows = await countNewExtractions(db, collection);
  const { queries } = await store.open(db);
  if (queries === null) return;
  if (needsGrouping({ newRows, groupedRows: state?.groupedRows ?? 0 })) {
    const questions = await queries.latest(db, null, latestQuestions);
    const grouping = await groupTopics(scope, questions, deps.search, {
      nextNo: state?.nextNo ?? 0,
      known: state?.topics.map(({ no }) => no) ?? [],
      ...{ group: null, signal },
      said: (all, topics) => sharedOnly(all, topics, settings.minimumUsers),
    });
    const { topics, numbers, nextNo } = grouping;
    const placed = questions.map(({ id }, at) => ({ id, no: numbers[at] ?? -1 }));
    await underLease(deps, run, async (tx) => {
      const background = backgroundOf(questions);
      await writeGrouping(tx, scope, { topics, nextNo, background, questions: placed });
      return { did: {}, result: null };
    });
    return;
  }
  for (let after = ''; ; ) {
    const rows = await unassigned(db, collection, after, assignedAtOnce);
    const assigned = rows.flatMap(({ id, terms }) => {
      const topic = closestTopic(terms, state?.topics ?? []);
      return topic === null ? [] : [{ id, topicId: topic.id }];
    });
    await underLease(deps, run, async (tx) => {
      await assignOrganisation(tx, collection, assigned);
      return { did: {}, result: null };
    });
    if (rows.length < assignedAtOnce) return;
    after = rows.at(-1)?.id ?? '';
  }
}

/** Of each question the phrases that at least so many different users wrote in questions of its topic. */
function sharedOnly(
  questions: readonly Pick<StoredExtraction, 'user' | 'phrases' | 'terms'>[],
  topics: ArrayLike<number>,
  leastUsers: number,
): SaidPhrases[] {
  const users = new Map<string, Set<string>>();
  const nameOf = (row: number, phrase: string) => `${topics[row]} ${phrase}`;
  questions.forEach(({ user, phrases }, row) => {
    for (const phrase of phrases) {
      const name = nameOf(row, phrase);
      const known = users.get(name);
      if (known === undefined) users.set(name, new Set([user]));
      else known.add(user);
    }
  });
  return questions.map(({ phrases, terms }, row) => {
    const places = [...phrases.keys()].filter(
      (at) => (users.get(nameOf(row, phrases[at] ?? ''))?.size ?? 0) >= leastUsers,
    );
    return { phrases: places.map((at) => phrases[at] ?? ''), terms: places.map((at) => terms[at] ?? '') };
  });
}
