/** What a worker thread of `graph-computer.ts` runs. */
import type { MessagePort } from 'node:worker_threads';
import { type GraphResult, type GraphTask, runGraphTask } from './graph-task.ts';

export default function run({ task, port }: { task: GraphTask; port: MessagePort }): GraphResult {
  return runGraphTask(task, (progress) => port.postMessage(progress));
}
