import type { ErrorJson, RunJson } from '../../domain/run.ts';
import {
  type DeadLetter,
  dropDeadLetter as drop,
  findDeadLetters,
  listDeadLetters as read,
} from '../../state/runs/dead-letters.ts';
import { seenByJob } from '../access/visible.ts';
import { type Context, type DatabaseContext, installationOf, jobOf } from '../context.ts';
import { OperationError } from '../errors.ts';
import { startRun } from './start.ts';

export interface DeadLetterJson {
  readonly id: string;
  readonly job: string;
  readonly collection: string;
  readonly partition: string;
  readonly run_id: string;
  readonly attempts: number;
  readonly error: ErrorJson;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly first_at: string;
  readonly last_at: string;
}

/** Partitions that were given up, the latest first. Every later run of the job tries them again anyway. */
export async function listDeadLetters(context: DatabaseContext, job: string | null): Promise<DeadLetterJson[]> {
  await installationOf(context);
  return (await read(context.parts.db, job, seenByJob(context))).map(toJson);
}

/** One of them, with its cause and what the run was given. */
export async function showDeadLetter(context: DatabaseContext, id: string): Promise<DeadLetterJson> {
  return toJson(await letterOf(context, id));
}

/** Starts a run of the job over just this partition. */
export async function retryDeadLetter(context: Context, id: string): Promise<RunJson> {
  const letter = await letterOf(context, id);
  const { job } = jobOf(context, letter.job);
  // Nobody has set what is null by default; null anywhere else is what somebody said.
  const parameters = Object.fromEntries(
    Object.entries(letter.parameters).filter(
      ([name, value]) => value !== null || job.parameters[name]?.default !== null,
    ),
  );
  return startRun(context, {
    job: job.id,
    kind: 'sweep',
    workflowType: job.workflow,
    input: { parameters, dead_letters: [letter.id] },
    parameters,
    undoes: null,
    summary: `${job.title}: dead letter tried again`,
  });
}

/** Forgets the dead letter; the next run comes to the partition as to any other. */
export async function dropDeadLetter(context: DatabaseContext, id: string): Promise<DeadLetterJson> {
  const letter = await letterOf(context, id);
  await drop(context.parts.db, letter.id);
  return toJson(letter);
}

async function letterOf(context: DatabaseContext, id: string): Promise<DeadLetter> {
  await installationOf(context);
  const [letter] = await findDeadLetters(context.parts.db, [id]);
  const seen = seenByJob(context);
  const isOne = (one: { of: string; partition: string }) =>
    one.of === letter?.job && one.partition === letter.partition;
  if (letter === undefined || seen?.some(isOne) === false) {
    throw new OperationError(
      'missing',
      'UnknownDeadLetterError',
      `there is no dead letter '${id}'`,
      'See coppice dead-letters list.',
    );
  }
  return letter;
}

function toJson(letter: DeadLetter): DeadLetterJson {
  const { id, job, collection, partition, run_id, attempts, error, parameters } = letter;
  const first_at = letter.first_at.toISOString();
  const last_at = letter.last_at.toISOString();
  return { id, job, collection, partition, run_id, attempts, error, parameters, first_at, last_at };
}
