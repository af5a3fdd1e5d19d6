import { once } from 'node:events';
import { createServer } from 'node:http';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** A language model on a thread of its own, which merges the first two lines of a profile after the same wait. */
export interface LatencyModel {
  /** Base of the endpoints. */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startLatencyModel(latencyMs: number): Promise<LatencyModel> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { latencyMs } });
  const [port] = await once(worker, 'message');
  return {
    url: `http://127.0.0.1:${Number(port)}/v1`,
    stop: async () => {
      await worker.terminate();
    },
  };
}

/** Of the profiles of `profile-database.ts`. Tokens are counted as a third of the bytes. */
function answerOf(question: string): string {
  const line = { category: 'interest', key: 'likes', value: 'enjoys strong coffee in the morning' };
  const content = JSON.stringify({ operations: [{ op: 'merge', lines: [1, 2], ...line }] });
  return JSON.stringify({
    ...{ id: 'bench', object: 'chat.completion', created: 0, model: 'bench' },
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: Math.ceil(question.length / 3), completion_tokens: Math.ceil(content.length / 3) },
  });
}

if (!isMainThread && typeof workerData === 'object' && workerData !== null && 'latencyMs' in workerData) {
  const latencyMs = Number(workerData.latencyMs);
  const server = createServer((request, response) => {
    let question = '';
    request.on('data', (part) => {
      question += String(part);
    });
    request.on('end', () => {
      const body = answerOf(question);
      setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end(body), latencyMs);
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    parentPort?.postMessage(typeof address === 'object' ? address?.port : 0);
  });
}
