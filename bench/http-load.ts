import { Agent, get } from 'node:http';

export interface Loaded {
  /** How long each request took, in ms. */
  readonly latencies: readonly number[];
  readonly perSecond: number;
  readonly bytes: number;
}

/** So many requests, some of them at once, over connections that are kept. Each client has an address of its own, or all the same. */
export async function load(
  urlOf: (client: number) => string,
  token: string,
  requests: number,
  atOnce: number,
): Promise<Loaded> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const latencies: number[] = [];
  let bytes = 0;
  let left = requests;
  const startedAt = performance.now();
  const client = async (_: unknown, at: number) => {
    const url = urlOf(at);
    while (left > 0) {
      left -= 1;
      const begunAt = performance.now();
      bytes = await ask(url, token, agent);
      latencies.push(performance.now() - begunAt);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, client));
  } finally {
    agent.destroy();
  }
  return { latencies, perSecond: requests / ((performance.now() - startedAt) / 1000), bytes };
}

/** Bytes of the body. Anything but a success ends the benchmark. */
function ask(url: string, token: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
      let bytes = 0;
      response
        .on('data', (chunk: Buffer) => {
          bytes += chunk.length;
        })
        .on('error', reject)
        .on('end', () => {
          if (response.statusCode === 200) resolve(bytes);
          else reject(new Error(`${url} answers ${response.statusCode}`));
        });
    }).on('error', reject);
  });
}
