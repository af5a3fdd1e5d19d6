import type { Config } from '../../config/config.ts';
import { isLimited, type View, visiblePartitions } from '../../domain/access.ts';
import type { Seen } from '../../state/runs/seen.ts';
import { OperationError } from '../errors.ts';

/** The jobs and collections that exist, and what the caller may see of them. */
interface Asker {
  readonly parts: { readonly config: Visible };
  /** Absent: the asker may see everything. */
  readonly view?: View;
}

interface Visible {
  readonly jobs: readonly {
    readonly job: { readonly id: string; readonly partition: string | null };
    readonly collections: Config['jobs'][number]['collections'];
  }[];
  readonly collections: readonly { readonly name: string }[];
  readonly graphs: readonly { readonly name: string }[];
}

/** Returns the partitions of jobs that the caller may see; `null`: all. */
export function seenByJob({ parts, view }: Asker): Seen {
  if (!isLimited(view)) return null;
  return parts.config.jobs.flatMap(({ job }) =>
    (visiblePartitions(view, job.partition) ?? []).map((partition) => ({ of: job.id, partition })),
  );
}

/**
 * The same by collection, for what belongs to no job. A collection's partitions are what the jobs on it work by; where
 * those differ, nothing of it is seen.
 */
export function seenByCollection({ parts, view }: Asker): Seen {
  if (!isLimited(view)) return null;
  return [...parts.config.collections, ...parts.config.graphs].flatMap(({ name }) =>
    (visiblePartitions(view, kindOf(parts, name)) ?? []).map((partition) => ({ of: name, partition })),
  );
}

function kindOf(parts: Asker['parts'], collection: string): string {
  const kinds = parts.config.jobs
    .filter(({ collections }) => collections.includes(collection))
    .flatMap(({ job }) => (job.partition === null ? [] : [job.partition]));
  const [first = '', ...others] = new Set(kinds);
  return others.length === 0 ? first : '';
}

/** Refuses a caller who sees only a part of the installation. */
export function requireWholeView(view: View | undefined): void {
  if (!isLimited(view)) return;
  throw new OperationError(
    'forbidden',
    'LimitedTokenError',
    'this concerns the whole installation, and the token is limited to some of its partitions',
    'Use a token without such limits.',
  );
}
