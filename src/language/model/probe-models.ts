import { deadline } from '../../deadline.ts';
import { ModelError } from './errors.ts';

export interface ProbeOptions {
  readonly base: string;
  readonly where: string;
  readonly apiKey: string | null;
  readonly timeoutMs: number;
}

/** Asks for the list of models, which costs nothing. An endpoint without such a list has answered all the same. */
export async function probeModels(
  { base, where, apiKey, timeoutMs }: ProbeOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  const time = deadline(signal, timeoutMs);
  try {
    const response = await fetch(`${base}/models`, {
      headers: apiKey === null ? {} : { authorization: `Bearer ${apiKey}` },
      redirect: 'manual',
      signal: time.signal,
    });
    await response.body?.cancel();
    const { status } = response;
    if (status === 401 || status === 403) {
      throw new ModelError('EndpointRefusedError', `${where} refused the key (${status}): set COPPICE_MODEL_KEY`);
    }
    if (status === 429 || status >= 500) throw new ModelError('ConnectionError', `${where} is not ready (${status})`);
  } catch (error) {
    if (error instanceof ModelError) throw error;
    signal?.throwIfAborted();
    const message = time.passed ? `did not answer within ${timeoutMs} ms` : 'cannot be reached: is it running?';
    throw new ModelError(time.passed ? 'TimeoutError' : 'ConnectionError', `${where} ${message}`);
  } finally {
    time.end();
  }
}
