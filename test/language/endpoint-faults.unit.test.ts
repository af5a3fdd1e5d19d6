import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { EmbeddingError } from '../../src/language/embeddings/errors.ts';
import { createOpenAiEmbedder, type OpenAiOptions } from '../../src/language/embeddings/openai.ts';
import { endpointWords } from '../../src/language/endpoint/endpoint-words.ts';

const request = z.object({ input: z.array(z.string()), encoding_format: z.string().optional() });
type Asked = z.infer<typeof request>;

const vectorOf = (text: string) =>
  Array.from({ length: 8 }, (_, at) => Math.fround(((text.length * (at + 1)) % 17) / 17 + 0.01));
const items = (texts: readonly string[], change: (text: string, at: number) => object = () => ({})) =>
  texts.map((text, index) => ({ index, embedding: vectorOf(text), ...change(text, index) }));
const bad = (text: string) => text.includes('POISON');
const inBase64 = (text: string) => Buffer.from(new Float32Array(vectorOf(text)).buffer).toString('base64');

/** An endpoint that answers with what `answer` makes of a request: vectors, or a status with a body. */
async function endpoint(
  answer: (asked: Asked, response: ServerResponse) => object[] | [number, unknown] | null,
  changes: Partial<OpenAiOptions> = {},
) {
  const sizes: number[] = [];
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const asked = request.parse(JSON.parse(Buffer.concat(parts).toString()));
      sizes.push(asked.input.length);
      const found = answer(asked, response);
      if (found === null) return;
      const [status, body] = typeof found[0] === 'number' ? found : [200, { data: found }];
      response
        .writeHead(Number(status), { 'retry-after-ms': '1' })
        .end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const embedder = createOpenAiEmbedder({
    ...{ url: `http://127.0.0.1:${port}/v1`, model: 'm', apiKey: 'secret-key', dimensions: null, batchSize: 64 },
    ...{ timeoutMs: 5_000, patienceMs: 5_000, ...changes },
  });
  return { embedder, sizes };
}

const failureOf = (work: Promise<unknown>): Promise<EmbeddingError> =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error) => error,
  );
const poisoned = ['a fine text', 'another one', 'POISON in the middle of a text', 'the last'];
const said = (message: string): [number, unknown] => [500, { error: { message } }];

it.each<[string, Parameters<typeof endpoint>[0], string]>([
  [
    '500',
    ({ input }) => (input.some(bad) ? said('json: unsupported value: NaN') : items(input)),
    'json: unsupported value: NaN',
  ],
  ['503', ({ input }) => (input.some(bad) ? [503, 'overloaded by a text'] : items(input)), 'overloaded by a text'],
  [
    '400',
    ({ input }) => (input.some(bad) ? [400, { detail: [{ msg: 'content filtered' }] }] : items(input)),
    'content filtered',
  ],
  [
    '403 of a filter in front',
    ({ input }) => (input.some(bad) ? [403, 'blocked by a rule'] : items(input)),
    'blocked by a rule',
  ],
  ['413', ({ input }) => (input.some(bad) ? [413, { message: 'too long' }] : items(input)), 'too long'],
  [
    '200 with an error',
    ({ input }) => (input.some(bad) ? [200, { error: 'no capacity for this' }] : items(input)),
    'no capacity',
  ],
  [
    'nulls',
    ({ input }) => items(input, (text) => (bad(text) ? { embedding: vectorOf(text).map(() => null) } : {})),
    'finite',
  ],
  [
    'NaN',
    ({ input }) => (input.some(bad) ? [200, '{"data":[{"index":0,"embedding":[NaN, 1]}]}'] : items(input)),
    'for 4 texts',
  ],
  [
    'zeros',
    ({ input }) => items(input, (text) => (bad(text) ? { embedding: vectorOf(text).map(() => 0) } : {})),
    'zeros',
  ],
  ['another length', ({ input }) => items(input, (text) => (bad(text) ? { embedding: [1] } : {})), 'dimensions'],
  ['a web page', ({ input }) => (input.some(bad) ? [200, '<html>'] : items(input)), 'JSON'],
  [
    'a broken connection',
    ({ input }, response) => {
      if (!input.some(bad)) return items(input);
      response.destroy();
      return null;
    },
    'cannot be reached',
  ],
])('a text that gets %s is refused after few tries, and other texts are not', async (_, answer, words) => {
  const { embedder, sizes } = await endpoint(answer, { dimensions: 8 });
  const error = await failureOf(embedder.embed(poisoned));
  expect(error).toMatchObject({ name: 'TextRefusedError', message: expect.stringContaining(words) });
  expect(error.message).not.toMatch(/POISON|secret-key/);
  expect(sizes.length).toBeLessThan(20);
  expect(await embedder.embed(['fine'])).toEqual([vectorOf('fine')]);
});

it('a text that the endpoint never answers is refused too', async () => {
  const { embedder } = await endpoint(({ input }) => (input.some(bad) ? null : items(input)), {
    timeoutMs: 100,
    patienceMs: 200,
  });
  expect(await failureOf(embedder.embed(['fine', 'POISON']))).toMatchObject({ name: 'TextRefusedError' });
});

it.each<[string, Parameters<typeof endpoint>[0], string]>([
  [
    'refuses the key',
    () => [401, { error: { message: 'Incorrect API key provided: secret-key' } }],
    'EMBEDDINGS_API_KEY: "Incorrect API key provided: [key]"',
  ],
  ['refuses access', () => [403, 'no'], 'refused access'],
  ['refuses every text', () => [400, { error: { message: 'unknown model' } }], 'unknown model'],
  ['gives every vector one index', ({ input }) => items(input, () => ({ index: 0 })), 'numbers its 2 vectors 0, 0'],
  [
    'gives an index twice',
    ({ input }) => items(input, (_, at) => ({ index: at === 1 ? 0 : at })),
    'numbers its 2 vectors 0, 0',
  ],
  ['numbers from one', ({ input }) => items(input, (_, at) => ({ index: at + 1 })), 'numbers its 2 vectors 1, 2'],
  [
    'gives numbers beyond all bounds',
    ({ input }) => items(input, (text) => ({ embedding: vectorOf(text).map(() => 1e39) })),
    'finite',
  ],
  ['gives nulls', ({ input }) => items(input, (text) => ({ embedding: vectorOf(text).map(() => null) })), 'finite'],
  ['gives zeros', ({ input }) => items(input, (text) => ({ embedding: vectorOf(text).map(() => 0) })), 'zeros'],
  ['gives texts that are no vectors', ({ input }) => items(input, () => ({ embedding: 'not base64!' })), 'base64'],
  ['gives too few', ({ input }) => items(input).slice(1), 'gave 1 vectors for 2 texts'],
  ['speaks otherwise', () => [200, { embeddings: [] }], 'form of OpenAI'],
  ['is a web site', () => [200, '<html>'], 'JSON'],
])('an endpoint that %s is final at once, for the probe as for a run', async (_, answer, words) => {
  const { embedder, sizes } = await endpoint(answer, { batchSize: 2, dimensions: 8 });
  for (const work of [
    () => embedder.embed(['one text', 'and another']),
    () => embedder.dimensions(),
    () => embedder.probe(),
  ]) {
    const error = await failureOf(work());
    expect(error).toMatchObject({ name: 'EmbeddingRefusedError', message: expect.stringContaining(words) });
    expect(error.message).not.toContain('secret-key');
  }
  expect(sizes.length).toBeLessThan(15);
});

it.each<[string, Parameters<typeof endpoint>[0]]>([
  ['answers in base64', ({ input }) => items(input, (text) => ({ embedding: inBase64(text) }))],
  [
    'refuses encoding_format',
    (asked) => (asked.encoding_format === undefined ? items(asked.input) : [400, 'Unsupported parameter']),
  ],
  ['leaves out the indexes', ({ input }) => items(input, () => ({ index: undefined }))],
  ['has null for indexes', ({ input }) => items(input, () => ({ index: null }))],
  ['answers in another order', ({ input }) => items(input).toReversed()],
])('an endpoint that %s is used', async (_, answer) => {
  const { embedder, sizes } = await endpoint(answer);
  expect(await embedder.probe()).toBe(`${embedder.description}, 8 dimensions`);
  const before = sizes.length;
  expect(await embedder.embed(['a', 'bcd'])).toEqual([vectorOf('a'), vectorOf('bcd')]);
  expect(sizes.length - before).toBe(1);
});

it.each([
  ['names its limit', 'batch size 70 > maximum allowed batch size 30', 30],
  ['does not name it', 'too much', 18],
])('an endpoint that takes few texts at once and %s gets smaller requests, from then on', async (_, message, most) => {
  const { embedder, sizes } = await endpoint(({ input }) => (input.length > 30 ? [413, { message }] : items(input)), {
    batchSize: 70,
  });
  const texts = Array.from({ length: 70 }, (_, at) => 'x'.repeat(at + 1));
  expect(await embedder.embed(texts)).toEqual(texts.map(vectorOf));
  const before = sizes.length;
  await embedder.embed(texts);
  expect(Math.max(...sizes.slice(before))).toBe(most);
  expect(await embedder.probe()).toContain(`takes ${most} texts in a request, not 70`);
});

it('an endpoint that fails for all texts is waited for, and is back when it is back', async () => {
  let failures = 5;
  const { embedder } = await endpoint(({ input }) => (failures-- > 0 ? [503, 'loading'] : items(input)));
  expect(await embedder.embed(['one'])).toHaveLength(1);
  failures = Number.POSITIVE_INFINITY;
  const { embedder: down } = await endpoint(() => [503, 'loading'], { patienceMs: 50 });
  expect(await failureOf(down.embed(['one']))).toMatchObject({
    name: 'ConnectionError',
    message: expect.stringContaining('"loading"'),
  });
});

it('an endpoint’s words are one short line without what it was sent', () => {
  const sent = { texts: ['The patient Jane Doe was admitted\non Monday.', 'tiny'], apiKey: 'sk-123456' };
  const words = (body: unknown) => endpointWords(typeof body === 'string' ? body : JSON.stringify(body), sent);
  expect(words({ error: { message: "bad input 'The patient Jane Doe was admitted on Monday.' (400)" } })).toBe(
    "bad input '…' (400)",
  );
  expect(words({ detail: 'input: ["The patient Jane Doe was admitted\\\\non Monday.", "tiny"]' })).toBe(
    'input: ["…", "…"]',
  );
  expect(words({ message: 'near "Jane Doe was adm"' })).toBe('near "…"');
  expect(words({ error: 'key sk-123456\u0000 is\r\nwrong\u202e' })).toBe('key [key] is wrong');
  expect(words('x'.repeat(900))).toHaveLength(201);
  expect(words('<html><p>busy')).toBe('');
});
