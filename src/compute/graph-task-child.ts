/** Entry point of the worker threads of `graph-computer.ts`. */
import type { MessagePort } from 'node:worker_threads';
import { type GraphResult, type GraphTask, runGraphTask } from './graph-task.ts';

export default function run({ tasks, port }: { tasks: readonly GraphTask[]; port: MessagePort }): GraphResult[] {
  return tasks.map((task) => runGraphTask(task, (progress) => port.postMessage(progress)));
}
