import type { Json } from '../sdk/protocol.ts';
import type { Ending } from '../server/activity-run.ts';

export function completed(result: Json): Ending {
  return { kind: 'completed', result };
}

export function failed(type: string, nonRetryable: boolean, details: readonly Json[] = []): Ending {
  return {
    kind: 'failed',
    failure: { kind: 'application', type, message: `${type} of the simulation`, nonRetryable, details },
  };
}
