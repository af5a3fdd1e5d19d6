import { Client, Connection } from '@temporalio/client';
import { callInterceptors } from './closed-calls.ts';
import { dataConverterOf } from './codec.ts';
import { requireTemporal, type TemporalSettings, TemporalUnavailableError } from './settings.ts';
import { tracedStarts } from './traced-starts.ts';

export async function connectClient(given: TemporalSettings | null): Promise<Client> {
  const settings = requireTemporal(given);
  const dataConverter = await dataConverterOf(settings.codec);
  try {
    const { address, tls, apiKey, metadata } = settings.options;
    const connectTimeout = '5 seconds';
    const interceptors = callInterceptors();
    const connection = await Connection.connect({ address, tls, apiKey, metadata, connectTimeout, interceptors });
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
