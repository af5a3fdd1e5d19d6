import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at documents whose shape they assert.
  readonly json: any;
}

/** A listener at the operator's webhook. */
export interface WebhookListener {
  readonly url: string;
  readonly received: readonly Received[];
  /** Sets its answer from now on. */
  answer(status: number): void;
  stop(): Promise<void>;
}

export async function startWebhook(): Promise<WebhookListener> {
  const received: Received[] = [];
  let status = 204;
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts).toString();
    if (status < 300) received.push({ headers: request.headers, body, json: JSON.parse(body) });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    received,
    answer: (given) => {
      status = given;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
