import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';

/** One request, as far as tests look at it. */
export interface AskedModel {
  readonly system: string;
  readonly user: string;
  readonly model: string;
  readonly key: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

/** How one request is answered: the content of an answer, or a way to misbehave. */
export type ModelReply =
  | { readonly content: unknown; readonly finish?: string; readonly refusal?: string }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  /** The body of the answer as it is, with status 200. */
  | { readonly raw: string }
  /** Bytes without an end. */
  | 'endless'
  /** Never answers. */
  | 'hang'
  /** The head of an answer, and then a byte now and again. */
  | 'slow bytes'
  /** Closes the connection. */
  | 'hang up';

export interface FakeModel {
  /** Base of the endpoints. */
  readonly url: string;
  /** Questions that were asked, the oldest first. */
  readonly asked: readonly AskedModel[];
  readonly mostAtOnce: number;
  stop(): Promise<void>;
}

const request = z.looseObject({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
});

/** Speaks OpenAI's chat completions, and answers each question with what `reply` makes of it. */
export async function startFakeModel(
  reply: (asked: AskedModel, number: number) => ModelReply | Promise<ModelReply>,
  port = 0,
): Promise<FakeModel> {
  const asked: AskedModel[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let [open, mostAtOnce] = [0, 0];
  const server = createServer((incoming, response) => {
    if (incoming.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: [] }));
      return;
    }
    open += 1;
    mostAtOnce = Math.max(mostAtOnce, open);
    response.once('close', () => {
      open -= 1;
    });
    questionOf(incoming)
      .then(async (one) => {
        asked.push(one);
        answer(response, await reply(one, asked.length), one.model, timers);
      })
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the fake model has no port');
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    asked,
    get mostAtOnce() {
      return mostAtOnce;
    },
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      server.closeAllConnections();
      if (server.listening) await Promise.all([once(server, 'close'), server.close()]);
    },
  };
}

async function questionOf(incoming: IncomingMessage): Promise<AskedModel> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(Buffer.from(part));
  const body = request.parse(JSON.parse(Buffer.concat(parts).toString('utf8')));
  const said = (role: string) => body.messages.find((one) => one.role === role)?.content ?? '';
  return {
    ...{ system: said('system'), user: said('user'), model: body.model, body },
    key: incoming.headers.authorization ?? null,
  };
}

function answer(response: ServerResponse, reply: ModelReply, model: string, timers: Set<NodeJS.Timeout>): void {
  if (reply === 'hang') return;
  if (reply === 'hang up') {
    response.destroy();
    return;
  }
  if (reply === 'endless' || reply === 'slow bytes') {
    response.writeHead(200, { 'content-type': 'application/json' });
    const [bytes, everyMs] = reply === 'endless' ? [64 * 1024, 1] : [1, 20];
    const timer = setInterval(() => response.write(' '.repeat(bytes)), everyMs);
    timers.add(timer);
    response.once('close', () => clearInterval(timer));
    return;
  }
  if ('raw' in reply) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(reply.raw);
    return;
  }
  if ('status' in reply) {
    const { status, headers, body = { error: { message: 'as the test wants it' } } } = reply;
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    return;
  }
  const { finish = 'stop', refusal } = reply;
  const content = typeof reply.content === 'string' ? reply.content : JSON.stringify(reply.content);
  const message = { role: 'assistant', content, ...(refusal === undefined ? {} : { refusal }) };
  const whole = {
    ...{ id: 'fake', object: 'chat.completion', created: 0, model },
    choices: [{ index: 0, message, finish_reason: finish }],
    usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
  };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(whole));
}
