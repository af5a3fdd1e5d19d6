import type { Client } from '@temporalio/client';

export interface HistorySize {
  readonly events: number;
  /** How many histories the workflow took, one continued as the next. */
  readonly histories: number;
}

/** All that Temporal wrote down of a workflow that has ended. */
export async function historySize(client: Client, workflowId: string): Promise<HistorySize> {
  let [events, histories] = [0, 0];
  for (let runId: string | undefined; ; ) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const list = history.events ?? [];
    events += list.length;
    histories += 1;
    const before = list[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    if (!before) return { events, histories };
    runId = before;
  }
}
