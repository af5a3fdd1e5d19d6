import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { createOpenAiEmbedder } from '../../src/language/embeddings/openai.ts';
import type { Embedder } from '../../src/language/embeddings/port.ts';

const request = z.looseObject({ input: z.array(z.string()) });

/** An embedder on a local endpoint whose vectors have two dimensions: points on a circle, by their degrees. */
export async function circleEmbedder(degreesOf: (text: string) => number): Promise<Embedder> {
  const server = createServer(async (incoming, response) => {
    const { input } = request.parse(await json(incoming));
    const data = input.map((text, index) => ({ index, embedding: onCircle(degreesOf(text)) }));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the endpoint has a port');
  return createOpenAiEmbedder({
    ...{ url: `http://127.0.0.1:${address.port}/v1`, model: 'circle', apiKey: null, dimensions: null, batchSize: 10 },
    ...{ timeoutMs: 5_000, patienceMs: 5_000 },
  });
}

export function onCircle(degrees: number): [number, number] {
  const radians = (degrees * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians)];
}
