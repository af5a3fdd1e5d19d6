/** Names by which one installation is known in Temporal. */

export function taskQueueOf(installation: string): string {
  return `coppice-${installation}`;
}

/** Starts every workflow id of a job; schedules add a timestamp, commands a random ending. */
export function workflowIdPrefix(installation: string, job: string): string {
  return `coppice-${installation}-${job}`;
}

/** Search attributes that Coppice sets where the namespace has them, with their types. */
export const searchAttributes = { CoppiceJob: 'KEYWORD', CoppiceStatus: 'KEYWORD' } as const;
