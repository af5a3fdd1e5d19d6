import { Context } from '@temporalio/activity';

/** Heartbeats on a timer while the work goes on, so that a long statement does not look like a lost worker. */
export async function withHeartbeat<T>(timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), Math.max(200, timeoutMs / 3));
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
