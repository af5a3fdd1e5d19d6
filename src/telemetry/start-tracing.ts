import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { Tracing } from './tracing.ts';

/** Starts tracing where a collector is configured; elsewhere nothing of it is even loaded. */
export async function startTracing({ traces: { endpoint, timeoutMs } }: Config, log: Logger): Promise<Tracing | null> {
  if (endpoint === null) return null;
  const { exportTraces } = await import('./tracing.ts');
  return exportTraces({ endpoint, timeoutMs, log });
}

/** The same for as long as the work takes. Spans that are left are sent at its end. */
export async function withTracing<T>(
  config: Config,
  log: Logger,
  work: (tracing: Tracing | null) => Promise<T>,
): Promise<T> {
  const tracing = await startTracing(config, log);
  try {
    return await work(tracing);
  } finally {
    await tracing?.close();
  }
}
