import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import { builtInDimensions, embedText } from '../../src/language/built-in-embedder.ts';

export interface ModelStandIn {
  /** Base of the endpoints, as OpenAI's clients want it. */
  readonly url: string;
  /** How often each endpoint was asked. */
  readonly calls: Readonly<Record<'embeddings' | 'chat', number>>;
  stop(): Promise<void>;
}

const embeddings = z.object({ input: z.union([z.string(), z.array(z.string())]) });
const chat = z.object({ messages: z.array(z.object({ role: z.string(), content: z.string() })) });

/**
 * Speaks as much of OpenAI's protocol as the tested libraries use, and always says the same: texts get the built-in
 * embedder's vectors, filled up with zeros, and a conversation's facts are the sentences of its user.
 */
export async function startModelStandIn(dimensions = builtInDimensions): Promise<ModelStandIn> {
  const calls = { embeddings: 0, chat: 0 };
  const padded = (text: string) => [...embedText(text), ...Array<number>(dimensions - builtInDimensions).fill(0)];
  const answer = (path: string, body: unknown): object | null => {
    if (path === '/v1/embeddings') {
      calls.embeddings += 1;
      const { input } = embeddings.parse(body);
      const data = [input].flat().map((text, index) => ({ object: 'embedding', index, embedding: padded(text) }));
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
        const found = answer(request.url ?? '', body);
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
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
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
