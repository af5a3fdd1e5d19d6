import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { builtInDimensions, embedText } from '../../src/language/built-in-embedder.ts';

export interface ModelStandIn {
  /** Base of the endpoints, as OpenAI's clients want it. */
  readonly url: string;
  /** How often each endpoint was asked. */
  readonly calls: Readonly<Record<'embeddings' | 'chat', number>>;
  /** The authorization that the last request carried. */
  readonly lastKey: string | null;
  /** The next requests for embeddings, one by default, go wrong in this way. */
  misbehave(way: Misbehaviour, times?: number): void;
  stop(): Promise<void>;
}

export type Misbehaviour =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly code?: string;
      readonly headers?: Record<string, string>;
    }
  /** Never answers. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'no json' }
  | { readonly kind: 'shuffled' | 'too few' | 'short vector' };

const embeddings = z.object({ input: z.union([z.string(), z.array(z.string())]) });
const chat = z.object({ messages: z.array(z.object({ role: z.string(), content: z.string() })) });

/**
 * Speaks as much of OpenAI's protocol as the tested libraries use, and always says the same: texts get the built-in
 * embedder's vectors, filled up with zeros, and a conversation's facts are the sentences of its user.
 */
export async function startModelStandIn(dimensions = builtInDimensions): Promise<ModelStandIn> {
  const calls = { embeddings: 0, chat: 0 };
  const padded = (text: string) => [...embedText(text), ...Array<number>(dimensions - builtInDimensions).fill(0)];
  let lastKey: string | null = null;
  let wrong: { way: Misbehaviour; times: number } | null = null;
  const nextWay = (): Misbehaviour | null => {
    if (wrong === null || wrong.times === 0) return null;
    wrong.times -= 1;
    return wrong.way;
  };
  const answer = (path: string, body: unknown, way: Misbehaviour | null): object | null => {
    if (path === '/v1/embeddings') {
      calls.embeddings += 1;
      const { input } = embeddings.parse(body);
      const all = [input].flat().map((text, index) => ({ object: 'embedding', index, embedding: padded(text) }));
      const data = distorted(all, way);
      return { object: 'list', model: 'stand-in', data, usage: { prompt_tokens: 0, total_tokens: 0 } };
    }
    if (path !== '/v1/chat/completions') return null;
    calls.chat += 1;
    const content = JSON.stringify({ memory: factsOf(chat.parse(body).messages.at(-1)?.content ?? '') });
    return {
      ...{ id: 'stand-in', object: 'chat.completion', created: 0, model: 'stand-in' },
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    };
  };
  const server = createServer((request, response) => {
    bodyOf(request)
      .then((body) => {
        lastKey = request.headers.authorization ?? null;
        const way = request.url === '/v1/embeddings' ? nextWay() : null;
        if (way !== null && refused(response, way)) {
          calls.embeddings += 1;
          return;
        }
        const found = answer(request.url ?? '', body, way);
        response.writeHead(found === null ? 404 : 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(found ?? { error: { message: `no such endpoint: ${request.url}` } }));
      })
      .catch((error: unknown) => response.writeHead(400).end(String(error)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the stand-in has no port');
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    calls,
    get lastKey() {
      return lastKey;
    },
    misbehave: (way, times = 1) => {
      wrong = { way, times };
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers by itself where the way it goes wrong needs no vectors. */
function refused(response: ServerResponse, way: Misbehaviour): boolean {
  if (way.kind === 'silent') return true;
  if (way.kind === 'no json') {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
    return true;
  }
  if (way.kind !== 'status') return false;
  const error = { message: 'as the test wants it', code: way.code ?? null };
  response.writeHead(way.status, { 'content-type': 'application/json', ...way.headers }).end(JSON.stringify({ error }));
  return true;
}

function distorted<T extends { embedding: number[] }>(all: T[], way: Misbehaviour | null): T[] {
  if (way?.kind === 'shuffled') return all.toReversed();
  if (way?.kind === 'too few') return all.slice(1);
  if (way?.kind === 'short vector') return all.map((one) => ({ ...one, embedding: one.embedding.slice(1) }));
  return all;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part));
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}

/** mem0's prompt for extraction ends with the new messages, a line each: `user: I moved to Rome. I like it.` */
function factsOf(prompt: string): { id: string; text: string; attributed_to: string }[] {
  const [, section = ''] = prompt.split('## New Messages\n');
  const said = [...(section.split('\n## ')[0] ?? '').matchAll(/^user: (.+)$/gm)].map(([, text = '']) => text);
  const sentences = said.flatMap((text) => text.split(/(?<=\.)\s+/)).filter((text) => text !== '');
  return sentences.map((text, at) => ({ id: String(at), text, attributed_to: 'user' }));
}
