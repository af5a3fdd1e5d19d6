import { type SeedDocument, workspaceName } from '../../support/corpus.ts';

/** Small batches, so that a run has hundreds of places at which it can be hit. */
export const batchSize = 3;

export interface Corpus {
  readonly documents: readonly SeedDocument[];
  /** How many of them a run removes. */
  readonly due: number;
}

const smallWorkspaces = 60;

/**
 * Workspaces of sixty documents, every other one expired; two in which nothing is, which no run may touch; and many of
 * two documents, which runs handle together.
 */
export function corpusOf(workspaces: number): Corpus {
  const all = workspaces + 2;
  const large = Array.from({ length: all * 60 }, (_, at) => ({
    id: `d${at}`,
    workspace: workspaceName(at % all),
    expired: at % all < workspaces && Math.floor(at / all) % 2 === 0,
  }));
  const small = Array.from({ length: smallWorkspaces * 2 }, (_, at) => ({
    id: `s${at}`,
    workspace: `small ${at % smallWorkspaces}`,
    expired: at < smallWorkspaces,
  }));
  const documents = [...large, ...small];
  return { documents, due: documents.filter((one) => one.expired).length };
}
