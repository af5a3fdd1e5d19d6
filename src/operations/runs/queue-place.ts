import { takePlace } from '../../state/runs/start-queue.ts';
import type { Context } from '../context.ts';
import { OperationError } from '../errors.ts';
import { closing } from './close-ended.ts';

/** So many runs wait for a worker that one more would only wait longer. Asking again later is fine. */
export class TooManyRunsError extends OperationError {
  constructor(limit: number) {
    super(
      'busy',
      'TooManyRunsError',
      `${limit} runs have been asked for and have not begun; no more are taken (runs.queue_size)`,
      'Is a worker running? See coppice health. Else wait, or cancel some: coppice runs, coppice cancel RUN.',
    );
  }
}

/** A place in the queue. Before somebody is refused, runs whose workflow has ended meanwhile leave it. */
export async function queuePlace(context: Context): Promise<string> {
  const { db, config } = context.parts;
  const { queueSize } = config.runs;
  const place = await takePlace(db, queueSize);
  if (place !== null) return place;
  await closing.get(context);
  const second = await takePlace(db, queueSize);
  if (second === null) throw new TooManyRunsError(queueSize);
  return second;
}
