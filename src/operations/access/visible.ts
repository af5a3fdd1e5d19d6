import type { Parts } from '../../assemble.ts';
import { isLimited, type View, visiblePartitions } from '../../domain/access.ts';
import type { Seen } from '../../state/runs/seen.ts';
import { OperationError } from '../errors.ts';

/** The part of a context that says who asks. */
interface Asker {
  readonly parts: Parts;
  /** Absent: the asker may see everything. */
  readonly view?: View;
}

/** What the one who asks may see of the jobs' partitions; `null`: everything. */
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

function kindOf(parts: Parts, collection: string): string {
  const kinds = parts.config.jobs
    .filter(({ collections }) => collections.includes(collection))
    .flatMap(({ job }) => (job.partition !== null && kindsOfView.includes(job.partition) ? [job.partition] : []));
  const [first = '', ...others] = new Set(kinds);
  return others.length === 0 ? first : '';
}

const kindsOfView: readonly string[] = ['workspace', 'group'];

/** What concerns the installation as a whole is not for those who see a part of it. */
export function requireWholeView(view: View | undefined): void {
  if (!isLimited(view)) return;
  throw new OperationError(
    'forbidden',
    'LimitedTokenError',
    'this concerns the whole installation, and the token is limited to some of its workspaces or groups',
    'Use a token without such limits.',
  );
}
