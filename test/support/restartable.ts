import type { TestServer } from '../../tools/servers/server.ts';

/** A server that can die and come back at the same address with the same data. */
export interface Restartable {
  kill(): Promise<void>;
  start(): Promise<void>;
}

/**
 * @param launch starts it, each time on the same folder and port
 * @param started is given what stops it
 */
export async function restartable<T extends TestServer>(
  launch: () => Promise<T>,
  started: { stop(): Promise<void> }[],
): Promise<Restartable & { first: T }> {
  const first = await launch();
  let server: T | null = first;
  started.push({ stop: async () => server?.stop() });
  return {
    first,
    kill: async () => {
      const dying = server;
      server = null;
      await dying?.kill();
    },
    start: async () => {
      server ??= await launch();
    },
  };
}
