import { once } from 'node:events';
import { createServer, type IncomingMessage, request as send } from 'node:http';

export interface Step {
  readonly method: string;
  readonly path: string;
}

/** A store behind a proxy that lets something happen right before or right after a request reaches it. */
export interface StepProxy {
  readonly url: string;
  /** The next request that fits sets `act` off; its sender never gets the answer. Resolves when that has happened. */
  at(when: 'before' | 'after', fits: (step: Step) => boolean, act: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

interface Armed {
  readonly when: 'before' | 'after';
  readonly fits: (step: Step) => boolean;
  readonly act: () => Promise<void>;
  readonly happened: () => void;
}

export async function startStepProxy(target: string): Promise<StepProxy> {
  const { port } = new URL(target);
  let armed: Armed | null = null;
  const server = createServer((request, response) => {
    const { method = 'GET', url: path = '/', headers } = request;
    const own = armed?.fits({ method, path }) === true ? armed : null;
    if (own !== null) armed = null;
    const dropped = async () => {
      await own?.act();
      response.destroy();
      own?.happened();
    };
    bodyOf(request)
      .then(async (body) => {
        if (own?.when === 'before') return dropped();
        const answer = await forward(Number(port), method, path, headers, body);
        if (own?.when === 'after') return dropped();
        response.writeHead(answer.status, answer.headers).end(answer.body);
      })
      .catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    at: (when, fits, act) =>
      new Promise((happened) => {
        armed = { when, fits, act, happened };
      }),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

function forward(port: number, method: string, path: string, headers: IncomingMessage['headers'], body: Buffer) {
  return new Promise<{ status: number; headers: Record<string, string>; body: Buffer }>((resolve, reject) => {
    const { 'transfer-encoding': _chunked, ...own } = headers;
    const options = { host: '127.0.0.1', port, method, path, headers: { ...own, 'content-length': body.length } };
    const asked = send(options, (answer) => {
      bodyOf(answer).then(
        (read) =>
          resolve({
            status: answer.statusCode ?? 502,
            headers: { 'content-type': answer.headers['content-type'] ?? 'application/json' },
            body: read,
          }),
        reject,
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
