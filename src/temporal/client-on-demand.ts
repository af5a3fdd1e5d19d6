import type { Client } from '@temporalio/client';
import { requireTemporal, type TemporalSettings } from './settings.ts';

/** A connection made at first use and kept. Where it cannot be made, the next who asks tries again. */
export function clientOnDemand(settings: TemporalSettings | null): {
  client(): Promise<Client>;
  close(): Promise<void>;
} {
  let client: Promise<Client> | null = null;
  return {
    client: () => {
      client ??= connect(settings).catch((error: unknown) => {
        client = null;
        throw error;
      });
      return client;
    },
    close: async () => {
      // A connection that failed has been reported by the operation that needed it.
      const connected = client === null ? null : await client.catch(() => null);
      await connected?.connection.close();
    },
  };
}

/** The client is loaded for the first connection, which most commands never make. */
async function connect(given: TemporalSettings | null): Promise<Client> {
  const settings = requireTemporal(given);
  const { connectClient } = await import('./connection.ts');
  return connectClient(settings);
}
