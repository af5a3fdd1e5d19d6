import type { Mem0App, Mem0Operation } from '../support/mem0-app.ts';

const dayMs = 86_400_000;

/** `YYYY-MM-DD` in UTC, so many days from now. */
export function dayFromNow(days: number): string {
  return new Date(Date.now() + days * dayMs).toISOString().slice(0, 10);
}

/** `today`: lasts until the day ends in UTC. */
type Kind = 'stays' | 'goes' | 'today' | 'unreadable' | 'unscoped';

export interface WrittenMemory {
  readonly text: string;
  readonly kind: Kind;
  readonly operation: Mem0Operation;
}

const add = (kind: Kind, text: string, args: object): WrittenMemory => ({
  text,
  kind,
  operation: ['add', { messages: text, infer: false, ...args }],
});
const older = (kind: Kind, text: string, id: string, payload: object): WrittenMemory => ({
  text,
  kind,
  operation: ['insert_payload', { memory_id: id, payload: { data: text, ...payload } }],
});

/** Every way a date is written, for users, agents and runs. */
export const memories: readonly WrittenMemory[] = [
  add('stays', 'Alice likes oaks', { user_id: 'alice' }),
  add('goes', 'Alice waits for a parcel', { user_id: 'alice', expiration_date: dayFromNow(-2) }),
  add('goes', 'Alice has a cold', { user_id: 'alice', run_id: 'chat-1', expiration_date: '2020-01-01' }),
  add('stays', 'Alice is in Rome this week', { user_id: 'alice', expiration_date: dayFromNow(2) }),
  add('goes', 'Alice asked the bot for news', { user_id: 'alice', agent_id: 'bot', expiration_date: '2021-06-30' }),
  add('today', 'Frank has a meeting', { user_id: 'frank', expiration_date: dayFromNow(0) }),
  add('stays', 'Bob plays chess', { user_id: 'bob', metadata: { topic: 'games' } }),
  add('goes', "Bob's badge opens gate 4", { user_id: 'bob', expiration_date: '2022-12-31' }),
  add('unreadable', 'Carol is away until spring', { user_id: 'carol', metadata: { expiration_date: 'spring' } }),
  add('unreadable', 'Carol meets Dan', { user_id: 'carol', metadata: { expiration_date: '2020-02-30' } }),
  // Valid input to PostgreSQL, and no date of a memory.
  add('unreadable', 'Carol said now', { user_id: 'carol', metadata: { expiration_date: 'now' } }),
  add('stays', 'Carol has a dog', { user_id: 'carol', metadata: { expiration_date: '' } }),
  // mem0 itself reads plain days only and would show this one for ever.
  add('goes', 'Erin is on leave', { user_id: 'erin', metadata: { expiration_date: '2020-01-01T23:30:00-08:00' } }),
  add('unscoped', 'The bot answers in French', { agent_id: 'bot', expiration_date: '2020-01-01' }),
  // Versions before 1.0 wrote the clock of California, and no lemmas.
  older('goes', 'Dora lived in Lyon', '00000000-0000-4000-8000-000000000001', {
    user_id: 'd\'or"a',
    hash: '0',
    created_at: '2024-03-01T10:00:00.123456-08:00',
    expiration_date: '2024-03-31',
  }),
  older('stays', 'Dora is 40', '00000000-0000-4000-8000-000000000002', {
    user_id: 'd\'or"a',
    hash: '0',
    created_at: '2024-03-01T10:00:00.123456-08:00',
    updated_at: null,
  }),
];

/** Two sentences of which mem0's model makes two memories, both gone by now. */
export const inferred = ['Alice ordered a chair.', 'Alice pays by card.'] as const;

export async function writeMemories(app: Mem0App, databaseUrl: string): Promise<void> {
  const conversation = [{ role: 'user', content: inferred.join(' ') }];
  await app.run(databaseUrl, ...memories.map((one) => one.operation), [
    'add',
    { messages: conversation, user_id: 'alice', expiration_date: dayFromNow(-1) },
  ]);
}

export function textsOf(kind: Kind): string[] {
  return memories.filter((one) => one.kind === kind).map((one) => one.text);
}

const today = dayFromNow(0);

/** Ids that the job removes at this cutoff: a test may begin on one day and end on the next. */
export function dueAt(cutoff: string): string[] {
  return [...textsOf('goes'), ...inferred, ...(cutoff.slice(0, 10) > today ? textsOf('today') : [])];
}
