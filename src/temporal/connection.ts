import { Client, Connection } from '@temporalio/client';
import { loadClientConfigProfile, loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import type { CodecSource, TemporalConfig } from '../config/config.ts';
import { dataConverterOf } from './codec.ts';
import { tracedStarts } from './traced-starts.ts';

/** How to reach the Temporal server: address, TLS, API key, namespace. */
export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
  readonly options: NativeConnectionOptions;
  /** Where the keys come from that payloads are encrypted with; `null`: they are not. */
  readonly codec: CodecSource | null;
}

const defaultNamespace = 'default';

/**
 * Shares profiles and `TEMPORAL_*` variables with the `temporal` CLI; what `coppice.yaml` and flags say comes on top,
 * and a running `up` is used where nothing else says anything. `null`: nobody says where the server is.
 */
export function temporalSettings(config: TemporalConfig, runningAddress: string | null): TemporalSettings | null {
  const profile = config.profile === null ? {} : { profile: config.profile };
  const address = config.address ?? loadClientConfigProfile(profile).address ?? runningAddress;
  if (address === null || address === undefined) return null;
  const { connectionOptions, namespace } = loadClientConnectConfig(profile);
  return {
    address,
    namespace: config.namespace ?? namespace ?? defaultNamespace,
    options: { ...connectionOptions, address },
    codec: config.codec,
  };
}

/** The Temporal server cannot be reached, or nobody said where it is. */
export class TemporalUnavailableError extends Error {
  override readonly name = 'TemporalUnavailableError';
  readonly hint = 'Start one with `coppice up`, or set TEMPORAL_ADDRESS to a server that runs.';
}

export async function connectClient(settings: TemporalSettings | null): Promise<Client> {
  if (settings === null)
    throw new TemporalUnavailableError('no Temporal server is configured and no `coppice up` runs');
  const dataConverter = await dataConverterOf(settings.codec);
  try {
    const { address, tls, apiKey, metadata } = settings.options;
    const connection = await Connection.connect({ address, tls, apiKey, metadata, connectTimeout: '5 seconds' });
    return new Client({
      connection,
      namespace: settings.namespace,
      interceptors: { workflow: [tracedStarts] },
      ...(dataConverter === undefined ? {} : { dataConverter }),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TemporalUnavailableError(`cannot reach the Temporal server at ${settings.address}: ${reason}`);
  }
}

/** A connection made at first use and kept. Where it cannot be made, the next who asks tries again. */
export function clientOnDemand(settings: TemporalSettings | null): {
  client(): Promise<Client>;
  close(): Promise<void>;
} {
  let client: Promise<Client> | null = null;
  return {
    client: () => {
      client ??= connectClient(settings).catch((error: unknown) => {
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
