import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { returnToBudget, takeOfBudget } from '../../src/state/proposals/budgets.ts';
import {
  answerQuestion,
  claimQuestions,
  giveUpQuestion,
  nameOf,
  type ProposalAnswer,
  storeFound,
} from '../../src/state/proposals/proposals.ts';
import { describeOnDatabase } from '../support/stores.ts';

const question = { job: 'j', collection: 'c', partition: 'u', subject: '["user",""]', question: 'data:terms' };
const nothing: ProposalAnswer = {
  ...{ state: 'nothing', asked: true, content: null, problem: null, due: 0, promptVersion: 'p/1', model: 'm' },
  usage: { calls: 1, inputTokens: 10, outputTokens: 2 },
};

describeOnDatabase('native', 'questions and budgets', (database) => {
  const db = () => database.db;
  const claim = async (runNo: number | null, { seconds = 60, again = false } = {}) =>
    (await claimQuestions(db(), [question], { runNo, seconds, again })).get(nameOf(question)) ?? null;
  const state = async () => {
    const { rows } = await sql<{ state: string }>`select state from coppice.proposals`.execute(db());
    return rows.map((row) => row.state);
  };

  beforeEach(async () => {
    await sql`truncate coppice.proposals, coppice.model_budgets`.execute(db());
  });

  test('a question that somebody asks is asked by nobody else, but by the same run', async () => {
    expect(await claim(1)).not.toBeNull();
    expect(await claim(2)).toBeNull();
    expect(await claim(null)).toBeNull();
    expect(await claim(1)).not.toBeNull();
  });

  test('of claims that come at once one is taken', async () => {
    const taken = await Promise.all(Array.from({ length: 8 }, (_, at) => claim(at)));
    expect(taken.filter((id) => id !== null)).toHaveLength(1);
  });

  test('a claim that was left is taken over; a later answer of who left it changes nothing', async () => {
    const first = await claim(1, { seconds: 0 });
    const second = await claim(2);
    expect(second).toBe(first);
    await answerQuestion(db(), second ?? '', nothing, { runNo: null, lines: 3 });
    await answerQuestion(db(), first ?? '', { ...nothing, state: 'unusable' }, { runNo: null, lines: 3 });
    expect(await state()).toEqual(['nothing']);
  });

  test('an answered question is asked again only where that is wanted, and never after never', async () => {
    const id = await claim(1);
    await answerQuestion(db(), id ?? '', nothing, { runNo: null, lines: 3 });
    expect(await claim(2)).toBeNull();
    expect(await claim(2, { again: true })).not.toBeNull();
    await sql`update coppice.proposals set state = 'never'`.execute(db());
    expect(await claim(2, { again: true })).toBeNull();
  });

  test('what was stored before counts again where no answer comes', async () => {
    await storeFound(db(), question, 1, { state: 'proposed', content: null, problem: null, due: 2 });
    const id = await claim(1);
    expect(await state()).toEqual(['asking']);
    await giveUpQuestion(db(), id ?? '');
    expect(await state()).toEqual(['proposed']);
    await sql`truncate coppice.proposals`.execute(db());
    await giveUpQuestion(db(), (await claim(1)) ?? '');
    expect(await state()).toEqual([]);
  });

  test('parts of a budget never come to more than the whole', async () => {
    const limits = { calls: 100, tokens: 1_000 };
    const parts = await Promise.all(
      Array.from({ length: 8 }, () => takeOfBudget(db(), 7, { calls: 32, tokens: 200 }, limits)),
    );
    const sum = (name: 'calls' | 'tokens') => parts.reduce((all, part) => all + part[name], 0);
    expect([sum('calls'), sum('tokens')]).toEqual([100, 1_000]);
    await returnToBudget(db(), 7, { calls: 3, tokens: 50 });
    expect(await takeOfBudget(db(), 7, { calls: 32, tokens: 200 }, limits)).toEqual({ calls: 3, tokens: 50 });
  });
});
