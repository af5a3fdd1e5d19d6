import { type SeedDocument, workspaceName } from '../../support/corpus.ts';

/** Small batches, so that a run has hundreds of places at which it can be hit. */
export const batchSize = 3;

export interface Corpus {
  readonly documents: readonly SeedDocument[];
  /** How many of them a run removes. */
  readonly due: number;
}

/** Workspaces of sixty documents, every other one expired; and two in which nothing is, which no run may touch. */
export function corpusOf(workspaces: number): Corpus {
  const documents = Array.from({ length: (workspaces + 2) * 60 }, (_, at) => ({
    id: `d${at}`,
    workspace: workspaceName(at % (workspaces + 2)),
    expired: at % (workspaces + 2) < workspaces && Math.floor(at / (workspaces + 2)) % 2 === 0,
  }));
  return { documents, due: documents.filter((one) => one.expired).length };
}
