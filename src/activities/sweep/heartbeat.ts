import { Context } from '@temporalio/activity';

/** Heartbeats on a timer while the work goes on, so that a long statement does not look like a lost worker. */
export async function withHeartbeat<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const { heartbeatTimeoutMs } = context.info;
  if (heartbeatTimeoutMs === undefined || heartbeatTimeoutMs === 0) return work();
  const timer = setInterval(() => context.heartbeat(), Math.max(200, heartbeatTimeoutMs / 3));
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
