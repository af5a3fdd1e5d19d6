import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const LOOPBACK = '127.0.0.1';
const ATTEMPTS = 20;

/** Ports that this process has chosen and may not listen on yet. */
const given = new Set<number>();

/** A loopback port that is free now: `preferred` if it is, else any. */
export async function freePort(preferred = 0): Promise<number> {
  for (const wanted of [preferred, ...Array<number>(ATTEMPTS).fill(0)]) {
    const port = await tryPort(wanted);
    if (port === undefined || (wanted === 0 && given.has(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`No free port on ${LOOPBACK}`);
}

/**
 * The port a person asked for, or an error that says it is taken: another one would not be where they look. Waits a
 * little first, since what we started before may still be ending.
 */
export async function requiredPort(port: number, what: string, waitMs = 5_000): Promise<number> {
  const deadline = Date.now() + waitMs;
  while ((await tryPort(port)) === undefined) {
    if (Date.now() > deadline) {
      throw new Error(`Port ${port} for ${what} is in use on ${LOOPBACK}: choose another, or stop what uses it`);
    }
    await delay(100);
  }
  return port;
}

/**
 * Between choosing a free port and listening on it another process may take it. Where we chose, we choose again; an
 * error about a port that a person asked for goes to them.
 */
export class PortClashError extends Error {
  override name = 'PortClashError';
}

/** Messages of programs whose port is in use. */
export const PORT_CLASH = /EADDRINUSE|address already in use/i;

/** Retries what threw a `PortClashError`. */
export async function retryPortClash<T>(start: () => Promise<T>, attempts = 3): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof PortClashError) || attempt >= attempts) throw error;
    }
  }
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : undefined));
    });
  });
}
