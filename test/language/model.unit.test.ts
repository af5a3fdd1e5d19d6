import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { EndpointGate } from '../../src/language/endpoint/gate.ts';
import { BudgetSpentError, type ModelError } from '../../src/language/model/errors.ts';
import { createOpenAiChat, type OpenAiChatOptions } from '../../src/language/model/openai-chat.ts';
import type { ModelBudget, ModelCall, Question } from '../../src/language/model/port.ts';
import { type AskedModel, type ModelReply, startFakeModel } from '../support/fake-model.ts';

const schema = z.strictObject({ operations: z.array(z.strictObject({ line: z.int() })) });
const question: Question<z.infer<typeof schema>> = {
  ...{ name: 'operations', system: 'Answer in JSON.', user: 'line 1: the stored secret of somebody', schema },
};
const good = { operations: [{ line: 1 }] };

async function modelWith(
  reply: (asked: AskedModel, number: number) => ModelReply | Promise<ModelReply>,
  changes: Partial<OpenAiChatOptions> = {},
) {
  const fake = await startFakeModel(reply);
  onTestFinished(() => fake.stop());
  const calls: ModelCall[] = [];
  const model = createOpenAiChat({
    ...{ url: fake.url, model: 'small', apiKey: 'secret-key', timeoutMs: 10_000, patienceMs: 30_000, firstPauseMs: 1 },
    ...{
      maxAnswerBytes: 100_000,
      maxAnswerTokens: 200,
      maxQuestionTokens: 1_000,
      maxConcurrent: 4,
      callsPerMinute: null,
    },
    ...{ onCall: (call: ModelCall) => calls.push(call), ...changes },
  });
  const ask = (own: ModelBudget = budgetOf(1_000_000)) => model.ask(question, own, AbortSignal.timeout(60_000));
  return { fake, model, ask, calls };
}

function budgetOf(tokens: number, calls = Number.POSITIVE_INFINITY) {
  const left = { tokens, calls };
  const take = async (wanted: number) => {
    if (left.tokens < wanted || left.calls < 1) return false;
    left.tokens -= wanted;
    left.calls -= 1;
    return true;
  };
  const settle = async (taken: number, used: number) => {
    left.tokens += taken - used;
  };
  return { take, settle, left };
}

const failureOf = (work: Promise<unknown>): Promise<ModelError> =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error) => error,
  );

it('an answer in the demanded shape is returned, with what it cost', async () => {
  const { fake, ask, calls } = await modelWith(() => ({ content: good }));
  const budget = budgetOf(10_000, 5);
  await expect(ask(budget)).resolves.toEqual({
    ...{ value: good, model: 'small', usage: { calls: 1, inputTokens: 100, outputTokens: 20 } },
  });
  expect(fake.asked[0]).toMatchObject({ system: 'Answer in JSON.', key: 'Bearer secret-key' });
  expect(fake.asked[0]?.body).toMatchObject({ max_tokens: 200, stream: false });
  expect(budget.left).toEqual({ tokens: 10_000 - 120, calls: 4 });
  expect(calls).toMatchObject([{ model: 'small', outcome: 'answered', inputTokens: 100, outputTokens: 20 }]);
});

it('one code fence around the whole answer is taken off', async () => {
  const { ask } = await modelWith(() => ({ content: `\`\`\`json\n${JSON.stringify(good)}\n\`\`\`` }));
  expect((await ask()).value).toEqual(good);
});

/** Ways to misbehave, what becomes of the question, and how many requests it takes. */
const misbehaviour: readonly (readonly [string, ModelReply, string, number])[] = [
  ['no JSON', { content: 'I would keep line 1.' }, 'AnswerRejectedError not_json', 1],
  ['prose around JSON', { content: `Here it is: ${JSON.stringify(good)}` }, 'AnswerRejectedError not_json', 1],
  [
    'prose after a fence',
    { content: `\`\`\`json\n${JSON.stringify(good)}\n\`\`\`\nDone.` },
    'AnswerRejectedError not_json',
    1,
  ],
  ['cut JSON', { content: '{"operations": [{"line": 1}' }, 'AnswerRejectedError not_json', 1],
  ['an unknown key', { content: { ...good, admin: true } }, 'AnswerRejectedError wrong_shape', 1],
  ['an empty object', { content: {} }, 'AnswerRejectedError wrong_shape', 1],
  ['wrong types', { content: { operations: [{ line: '1' }] } }, 'AnswerRejectedError wrong_shape', 1],
  [
    'a duplicate key',
    { content: '{"operations": [], "operations": [{"line": 1}]}' },
    'AnswerRejectedError duplicate_key',
    1,
  ],
  [
    'a duplicate key in another spelling',
    { content: '{"operations": [{"line": 1, "lin\\u0065": 2}]}' },
    'AnswerRejectedError duplicate_key',
    1,
  ],
  ['half of a character', { content: '{"operations": [], "x": "\\ud83d"}' }, 'AnswerRejectedError not_json', 1],
  ['a NUL', { content: '{"operations": [], "x": "a\\u0000b"}' }, 'AnswerRejectedError not_json', 1],
  ['lists in lists', { content: '['.repeat(40_000) + ']'.repeat(40_000) }, 'AnswerRejectedError wrong_shape', 1],
  ['nothing', { content: '' }, 'AnswerRejectedError empty', 1],
  ['a refusal', { content: '', refusal: 'I cannot help with that.' }, 'AnswerRejectedError refused', 1],
  ['a content filter', { content: '', finish: 'content_filter' }, 'AnswerRejectedError refused', 1],
  ['truncation', { content: good, finish: 'length' }, 'AnswerRejectedError truncated', 1],
  ['10 MB', { content: 'x'.repeat(10_000_000) }, 'AnswerRejectedError too_large', 1],
  ['an endless stream', 'endless', 'AnswerRejectedError too_large', 1],
  ['a page of a proxy', { raw: '<html>sign in</html>' }, 'EndpointRefusedError', 1],
  ['another protocol', { raw: '{"output": "hello"}' }, 'EndpointRefusedError', 1],
  ['an error with status 200', { raw: '{"error": {"message": "overloaded"}}' }, 'EndpointRefusedError', 1],
  ['401', { status: 401 }, 'EndpointRefusedError', 1],
  ['403', { status: 403 }, 'EndpointRefusedError', 1],
  ['404', { status: 404 }, 'EndpointRefusedError', 1],
  ['a redirect', { status: 307, headers: { location: 'http://127.0.0.1:9/' } }, 'EndpointRefusedError', 1],
  ['a used up quota', { status: 429, body: { error: { code: 'insufficient_quota' } } }, 'EndpointRefusedError', 1],
  ['500', { status: 500, headers: { 'retry-after-ms': '1' } }, 'ConnectionError', 3],
  ['503', { status: 503, headers: { 'retry-after-ms': '1' } }, 'ConnectionError', 3],
  ['429 with Retry-After', { status: 429, headers: { 'retry-after-ms': '1' } }, 'ConnectionError', 3],
  [
    '429 with a Retry-After beyond all patience',
    { status: 429, headers: { 'retry-after': '3600' } },
    'ConnectionError',
    1,
  ],
  ['429 without Retry-After', { status: 429 }, 'ConnectionError', 3],
  ['a connection that breaks', 'hang up', 'ConnectionError', 3],
  ['a hang', 'hang', 'TimeoutError', 2],
  ['slow bytes', 'slow bytes', 'TimeoutError', 2],
];

it.each(misbehaviour)(
  '%s is refused by name, within a bounded number of calls',
  async (_way, reply, name, requests) => {
    // Short where nothing but the limit ends the call: on a busy machine an honest answer takes its time.
    const limits = name === 'TimeoutError' ? { timeoutMs: 300, patienceMs: 5_000 } : {};
    const { fake, ask, calls } = await modelWith(() => reply, limits);
    const error = await failureOf(ask());
    expect([error.name, error.problem].filter((word) => word !== null).join(' ')).toBe(name);
    expect(fake.asked).toHaveLength(requests);
    expect(calls).toHaveLength(requests);
    expect(error.usage.calls).toBe(requests);
    expect(error.message).not.toMatch(/stored secret|secret-key|I would keep/);
  },
);

it('a question or a key that an endpoint repeats is no part of the message', async () => {
  const echo = (asked: AskedModel): ModelReply => ({
    ...{ status: 401, body: { error: { message: `no access for ${asked.key} to "${asked.user}"` } } },
  });
  const { ask } = await modelWith(echo);
  const { message } = await failureOf(ask());
  expect(message).toMatch(/refused the key \(401\)/);
  expect(message).not.toMatch(/secret-key|stored secret/);
});

it('a question is asked again after a failure that passes', async () => {
  const { fake, ask } = await modelWith((_asked, number) => (number < 3 ? { status: 503 } : { content: good }));
  expect((await ask()).usage.calls).toBe(3);
  expect(fake.asked).toHaveLength(3);
});

it('parameters that an endpoint does not know are left out, and stay so', async () => {
  const { fake, ask } = await modelWith(({ body }) => {
    const refuse = (what: string): ModelReply => ({
      status: 400,
      body: { error: { message: `Unsupported: ${what}` } },
    });
    if ('max_tokens' in body) return refuse("'max_tokens', use 'max_completion_tokens'");
    if ('temperature' in body) return refuse("'temperature' does not support 0");
    if (JSON.stringify(body.response_format ?? {}).includes('json_schema'))
      return refuse('response_format json_schema');
    if ('response_format' in body) return refuse('response_format');
    return { content: good };
  });
  expect((await ask()).usage.calls).toBe(5);
  expect((await ask()).usage.calls).toBe(1);
  expect(Object.keys(fake.asked.at(-1)?.body ?? {}).sort()).toEqual([
    'max_completion_tokens',
    'messages',
    'model',
    'stream',
  ]);
});

it('a question that the endpoint refuses is distinguished from a model that it refuses', async () => {
  const refused = { status: 400, body: { error: { message: 'this model does not exist' } } };
  const unknown = await modelWith(() => refused);
  expect((await failureOf(unknown.ask())).name).toBe('EndpointRefusedError');
  expect(unknown.fake.asked).toHaveLength(2);
  const filtered = await modelWith(({ user }) => (user.includes('secret') ? refused : { content: { ok: true } }));
  expect(await failureOf(filtered.ask())).toMatchObject({ name: 'AnswerRejectedError', problem: 'question_refused' });
  expect(filtered.fake.asked).toHaveLength(2);
  await failureOf(filtered.ask());
  expect(filtered.fake.asked).toHaveLength(3);
});

it('nothing is sent once the budget is spent, of calls or of tokens', async () => {
  const { fake, ask } = await modelWith(() => ({ status: 503, headers: { 'retry-after-ms': '1' } }));
  expect(await failureOf(ask(budgetOf(1_000_000, 2)))).toBeInstanceOf(BudgetSpentError);
  expect(fake.asked).toHaveLength(2);
  expect(await failureOf(ask(budgetOf(100)))).toBeInstanceOf(BudgetSpentError);
  expect(fake.asked).toHaveLength(2);
});

it('a question beyond the limit is not sent', async () => {
  const { fake, ask } = await modelWith(() => ({ content: good }), { maxQuestionTokens: 5 });
  expect(await failureOf(ask())).toMatchObject({ problem: 'question_refused' });
  expect(fake.asked).toHaveLength(0);
});

it('all callers share one limit of open calls', async () => {
  // Each answer waits for a second question.
  let answerBoth: (() => void) | null = null;
  const inPairs = async (): Promise<ModelReply> => {
    if (answerBoth === null) {
      await new Promise<void>((resolve) => {
        answerBoth = resolve;
      });
    } else {
      answerBoth();
      answerBoth = null;
    }
    return { content: good };
  };
  const { fake, ask } = await modelWith(inPairs, { maxConcurrent: 2, timeoutMs: 5_000 });
  await Promise.all(Array.from({ length: 12 }, () => ask()));
  expect(fake.asked).toHaveLength(12);
  expect(fake.mostAtOnce).toBe(2);
});

it('an endpoint that asks for patience is left alone by every caller', async () => {
  const gate = new EndpointGate({ maxConcurrent: 2, callsPerMinute: null });
  const seen: string[] = [];
  const work = async () => seen.push('called');
  await gate.run(AbortSignal.timeout(1_000), work);
  gate.leaveAlone(60_000);
  await expect(gate.run(AbortSignal.timeout(30), work)).rejects.toThrow();
  await expect(gate.run(AbortSignal.timeout(30), work)).rejects.toThrow();
  expect(seen).toEqual(['called']);
});

it('calls start no faster than the limit per minute allows', async () => {
  const gate = new EndpointGate({ maxConcurrent: 8, callsPerMinute: 1 });
  const seen: string[] = [];
  const work = async () => seen.push('called');
  const results = await Promise.allSettled([1, 2, 3].map(() => gate.run(AbortSignal.timeout(50), work)));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  expect(seen).toEqual(['called']);
});

it('a probe uses no tokens, and names a refused key', async () => {
  const { fake, model } = await modelWith(() => ({ content: good }));
  await expect(model.probe()).resolves.toMatch(/^small at http:\/\/127\.0\.0\.1:\d+ answers$/);
  expect(fake.asked).toHaveLength(0);
  await fake.stop();
  await expect(model.probe()).rejects.toThrow(/cannot be reached/);
});

it('an examination asks as a run would', async () => {
  const { model } = await modelWith(() => ({ content: { ok: true } }));
  await expect(model.examine()).resolves.toMatch(/120 tokens for a small question$/);
  const broken = await modelWith(() => ({ status: 401 }));
  await expect(broken.model.examine()).rejects.toThrow(/set COPPICE_MODEL_KEY/);
});
