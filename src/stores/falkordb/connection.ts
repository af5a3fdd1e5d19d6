import { createClient, RESP_TYPES } from '@redis/client';
import { StoreError } from '../../domain/store-errors.ts';
import { inTime, type Stop } from '../in-time.ts';
import { toStoreError } from './errors.ts';

export interface FalkorAddress {
  /** `redis://host:port`, or `rediss://`. */
  readonly url: string;
  readonly password: string | null;
  /** Limit of each command. */
  readonly timeoutMs: number;
}

export interface FalkorConnection {
  /** The server, for messages. Never carries credentials. */
  readonly where: string;
  /** @param isExpected errors that the caller reads itself come as they are */
  command(words: readonly string[], signal?: AbortSignal, isExpected?: (error: unknown) => boolean): Promise<unknown>;
  close(): Promise<void>;
}

type Client = ReturnType<typeof newClient>;

/** Connects when it is first used, and anew after the connection was lost: what is asked meanwhile fails at once. */
export function openFalkor(address: FalkorAddress): FalkorConnection {
  const { timeoutMs } = address;
  const where = `FalkorDB at ${withoutCredentials(address.url)}`;
  let latest: Client | null = null;
  let current: Promise<Client> | null = null;

  const connected = async (): Promise<Client> => {
    const known = await current?.catch(() => null);
    if (known?.isReady === true) return known;
    latest = newClient(address);
    current = open(latest);
    return current;
  };
  const stopped = (stop: Stop): unknown => {
    if (stop.why === 'aborted') return stop.reason;
    return new StoreError('TimeoutError', `${where} did not answer within ${timeoutMs} ms`);
  };
  return {
    where,
    async command(words, signal, isExpected = () => false) {
      try {
        return await inTime({ timeoutMs, signal }, async () => (await connected()).sendCommand([...words]), stopped);
      } catch (error) {
        signal?.throwIfAborted();
        throw isExpected(error) ? error : toStoreError(where, error);
      }
    },
    async close() {
      // Also one that still waits for the first answer of the server.
      if (latest?.isOpen === true) latest.destroy();
      current?.catch(() => {});
      current = null;
    },
  };
}

async function open(client: Client): Promise<Client> {
  // Without a listener an error of the connection would end the process; whoever waits for an answer is told anyway.
  client.on('error', () => {});
  await client.connect();
  return client;
}

function newClient({ url, password, timeoutMs }: FalkorAddress) {
  return createClient({
    url,
    ...(password === null ? {} : { password }),
    disableOfflineQueue: true,
    // By itself it would ask for ever, with a refused password too.
    socket: { connectTimeout: timeoutMs, reconnectStrategy: false },
    // Integers of sixty-four bits as they are.
    commandOptions: { typeMapping: { [RESP_TYPES.NUMBER]: String } },
  });
}

function withoutCredentials(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? 'its address' : `${parsed.protocol}//${parsed.host}`;
}
