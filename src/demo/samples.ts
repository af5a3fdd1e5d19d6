import type { DocumentLine } from '../operations/data/load/document-line.ts';
import type { MemoryLine } from '../operations/data/load/memory-line.ts';
import type { ProfileLine } from '../operations/data/load/profile-line.ts';
import type { QueryLine } from '../operations/data/load/query-line.ts';

const millisecondsPerDay = 86_400_000;
const users = ['ann', 'ben', 'chloe', 'dan', 'emma', 'finn', 'grace', 'hugo'] as const;

const subjects = ['trains', 'green tea', 'dark mode', 'short answers', 'window seats', 'PostgreSQL'] as const;
const statements = ['Prefers', 'Asked twice about', 'Recommended to a colleague:'] as const;
/** Each user repeats one statement; below the tenth of a collection that the brake lets go unasked. */
const repeatedAt = 4;

/** Memories of an assistant about its users: some are copies, and some are short-lived and old. */
export function* sampleMemories(now: Date): Generator<MemoryLine> {
  for (const [no, user] of users.entries()) {
    const texts = statements.flatMap((statement) => subjects.map((subject) => `${statement} ${subject}`));
    for (const [at, content] of texts.entries()) {
      const isShort = at % 9 === 8;
      yield {
        ...{ id: `${user}-${at}`, user, bot: 'assistant', content, tier: isShort ? 'SHORT' : 'LONG' },
        score: isShort ? 0.2 : 0.5 + ((at * 7 + no) % 5) / 10,
        ...{ created_at: before(now, isShort ? 40 : 3 + ((at * 5 + no) % 60)), access_count: at % 4 },
        ...{ last_accessed_at: before(now, isShort ? 35 : 1 + ((at * 3 + no) % 30)), pinned: at === 0 },
      };
    }
    yield {
      ...{ id: `${user}-again`, user, bot: 'assistant', content: String(texts[repeatedAt]), tier: 'LONG', score: 0.4 },
      ...{ created_at: before(now, 2), last_accessed_at: before(now, 2), access_count: 1 },
    };
  }
}

/** A page that cannot be fetched again: nothing listens there. */
export function unreachablePage(now: Date): DocumentLine {
  const url = 'http://127.0.0.1:9/handbook';
  return {
    ...{ id: 'demo:unreachable', workspace: 'unreachable', url, title: 'A page whose server is down' },
    ...{ content: 'This text was fetched when the server still answered.', fetched_at: before(now, 40) },
    expires_at: before(now, -2),
  };
}

interface Asked {
  /** By user. */
  readonly questions: readonly string[];
  /** How many users ask on a day of this week, and of the weeks before. */
  readonly now: number;
  readonly earlier: number;
  readonly score: number;
}

/** About packages whose documentation the demo indexes. */
const asked: readonly Asked[] = [
  {
    questions: ['How do I set the body limit of fastify?', 'The body limit of fastify refuses my upload'],
    ...{ now: 8, earlier: 1, score: 0.4 },
  },
  {
    questions: ['How do I check a date with a zod schema?', 'Which zod schema accepts an optional date?'],
    ...{ now: 3, earlier: 3, score: 0.9 },
  },
  {
    questions: ['How do I pretty print pino logs?', 'Pino logs are not pretty printed in production'],
    ...{ now: 1, earlier: 7, score: 0.8 },
  },
];
const days = 28;

/** Questions of four weeks: one subject is asked about more and more, and one hardly any more. */
export function* sampleQuestions(now: Date): Generator<QueryLine> {
  for (let day = 1; day <= days; day++) {
    for (const [subject, { questions, now: recent, earlier, score }] of asked.entries()) {
      for (let at = 0; at < (day <= 7 ? recent : earlier); at++) {
        const user = users[(at + day) % users.length] ?? 'ann';
        const question = questions[(at + day) % questions.length] ?? '';
        yield {
          ...{ id: `${day}-${subject}-${at}`, user, question, answer: 'See its documentation.', answer_score: score },
          asked_at: before(now, day - 0.5),
        };
      }
    }
  }
}

/** Profiles of two users, in which one fact has two values, one is written twice, and one has passed. */
export function* sampleProfiles(now: Date): Generator<ProfileLine> {
  for (const entity of users.slice(0, 2)) {
    const attributes = [
      ['identity', 'city', 'Lisbon', 40],
      ['identity', 'city', 'Porto', 3],
      ['preferences', 'editor', 'vim', 20],
      ['preferences', 'Editor', 'Vim.', 10],
      ['context', 'status', 'in a meeting', 15],
      ['identity', 'role', 'platform engineer', 30],
      ['preferences', 'answers', 'short, with an example', 12],
      ['preferences', 'language', 'English', 50],
    ] as const;
    for (const [category, key, value, age] of attributes) {
      yield { entity_id: entity, category, key, value, updated_at: before(now, age), confidence: 0.8 };
    }
  }
}

function before(now: Date, ageDays: number): string {
  return new Date(now.getTime() - ageDays * millisecondsPerDay).toISOString();
}
