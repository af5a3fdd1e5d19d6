import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { batchesOf } from '../../src/language/embeddings/batches.ts';
import { builtInEmbedder } from '../../src/language/embeddings/built-in.ts';
import type { EmbeddingError } from '../../src/language/embeddings/errors.ts';
import { createOpenAiEmbedder, type OpenAiOptions } from '../../src/language/embeddings/openai.ts';
import { retryAfterMs } from '../../src/language/endpoint/retry-after.ts';
import { tokensAtMost } from '../../src/language/endpoint/tokens.ts';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.ts';

let endpoint: ModelStandIn;
beforeAll(async () => {
  endpoint = await startModelStandIn();
});
afterAll(() => endpoint.stop());

const embedder = (changes: Partial<OpenAiOptions> = {}) =>
  createOpenAiEmbedder({
    ...{ url: endpoint.url, model: 'stand-in', apiKey: 'secret-key', dimensions: null, batchSize: 3 },
    ...{ timeoutMs: 2_000, patienceMs: 5_000, ...changes },
  });
const failureOf = (work: Promise<unknown>): Promise<EmbeddingError> =>
  work.then(
    () => Promise.reject(),
    (error) => error,
  );

test('vectors come in the order of their texts, over several requests, whatever order the endpoint answers in', async () => {
  endpoint.misbehave({ kind: 'shuffled' }, 9);
  const texts = Array.from({ length: 8 }, (_, at) => `text number ${at}`);
  const before = endpoint.calls.embeddings;
  expect(await embedder().embed(texts)).toEqual(await builtInEmbedder.embed(texts));
  expect(endpoint.calls.embeddings - before).toBe(3);
  endpoint.misbehave({ kind: 'shuffled' }, 0);
});

test('no texts, no request', async () => {
  const before = endpoint.calls.embeddings;
  expect(await embedder().embed([])).toEqual([]);
  expect(endpoint.calls.embeddings).toBe(before);
});

test('the key is sent, and is in no message', async () => {
  await embedder().embed(['one']);
  expect(endpoint.lastKey).toBe('Bearer secret-key');
  endpoint.misbehave({ kind: 'status', status: 401 });
  const error = await failureOf(embedder().embed(['one']));
  expect(error).toMatchObject({ name: 'EmbeddingRefusedError' });
  expect(error.message).toMatch(/EMBEDDINGS_API_KEY/);
  expect(error.message).not.toMatch(/secret-key/);
});

test('a rate limit is waited for as long as it asks, and within the patience', async () => {
  endpoint.misbehave({ kind: 'status', status: 429, headers: { 'retry-after-ms': '20' } }, 2);
  const before = endpoint.calls.embeddings;
  expect(await embedder().embed(['one'])).toHaveLength(1);
  expect(endpoint.calls.embeddings - before).toBe(3);
  endpoint.misbehave({ kind: 'status', status: 429, headers: { 'retry-after': '3600' } });
  expect(await failureOf(embedder().embed(['one']))).toMatchObject({
    name: 'ConnectionError',
    retryAfterMs: 3_600_000,
  });
});

test.each([
  [503, 'ConnectionError', 0],
  [504, 'TimeoutError', 0],
  [404, 'EmbeddingRefusedError', 0],
  [400, 'TextRefusedError', 0],
  [307, 'EmbeddingRefusedError', 0],
])('status %i is a %s', async (status, name, patienceMs) => {
  // Final refusals are asked for once more without `encoding_format`; what may pass fails for harmless texts too.
  const times = status === 400 ? 2 : 9;
  endpoint.misbehave({ kind: 'status', status, headers: { location: `${endpoint.url}/elsewhere` } }, times);
  expect(await failureOf(embedder({ patienceMs }).embed(['one']))).toMatchObject({ name });
  endpoint.misbehave({ kind: 'silent' }, 0);
});

test('a quota that is used up does not come back by waiting', async () => {
  endpoint.misbehave({ kind: 'status', status: 429, code: 'insufficient_quota' });
  expect(await failureOf(embedder().embed(['one']))).toMatchObject({ name: 'EmbeddingRefusedError' });
});

test('an endpoint that does not answer is a timeout, one that does not exist a lost connection', async () => {
  endpoint.misbehave({ kind: 'silent' }, 9);
  expect(await failureOf(embedder({ timeoutMs: 50, patienceMs: 0 }).embed(['one']))).toMatchObject({
    name: 'TimeoutError',
  });
  const closed = createServer().listen(0);
  const address = closed.address();
  const port = typeof address === 'object' ? address?.port : 0;
  await new Promise((done) => closed.close(done));
  const gone = embedder({ url: `http://127.0.0.1:${port}/v1`, patienceMs: 0 });
  expect(await failureOf(gone.embed(['one']))).toMatchObject({ name: 'ConnectionError' });
});

test.each([{ kind: 'too few' }, { kind: 'short vector' }, { kind: 'no json' }] as const)(
  'an answer with $kind is refused',
  async (way) => {
    endpoint.misbehave(way, 9);
    const error = await failureOf(embedder({ patienceMs: 0, dimensions: 256 }).embed(['one', 'two']));
    expect(error.name).toBe('EmbeddingRefusedError');
    endpoint.misbehave(way, 0);
  },
);

test('an aborted signal ends the wait with its reason', async () => {
  endpoint.misbehave({ kind: 'silent' });
  const reason = new Error('stop');
  await expect(embedder().embed(['one'], AbortSignal.abort(reason))).rejects.toBe(reason);
  endpoint.misbehave({ kind: 'silent' }, 0);
});

test('batches are filled up to the limits of texts and tokens; a long text has a batch of its own', () => {
  expect(batchesOf(['a', 'b', 'c', 'd'], 3, 100)).toEqual([['a', 'b', 'c'], ['d']]);
  const long = 'x'.repeat(600);
  expect(batchesOf(['a', long, 'b'], 10, 100)).toEqual([['a'], [long], ['b']]);
  expect(tokensAtMost('日本')).toBe(2);
});

test('Retry-After in seconds, milliseconds and as a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const read = (headers: Record<string, string>) => retryAfterMs(new Headers(headers), now);
  expect(read({ 'retry-after': '2' })).toBe(2_000);
  expect(read({ 'retry-after-ms': '150', 'retry-after': '2' })).toBe(150);
  expect(read({ 'retry-after': 'Thu, 01 Jan 2026 00:00:05 GMT' })).toBe(5_000);
  expect(read({ 'retry-after': 'soon' })).toBe(null);
  expect(read({})).toBe(null);
});
