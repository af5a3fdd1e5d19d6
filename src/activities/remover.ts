import type { Rule } from '../domain/rules/index.ts';

/** A job that removes rows, on one collection. */
export interface Remover {
  readonly rule: Rule;
  readonly counts: RemovalCounts;
}

/** Totals that count removed rows and restored ones. */
export interface RemovalCounts {
  readonly deleted: string;
  readonly restored: string;
  /** Of a job that merges rows: rows that stayed and have got their former values back. */
  readonly unmerged?: string;
  /** Of a job that measures its merges: those that it did not make. */
  readonly reverted?: string;
}

export const documentCounts: RemovalCounts = { deleted: 'deleted_documents', restored: 'restored_documents' };
export const memoryCounts: RemovalCounts = { deleted: 'deleted_memories', restored: 'restored_memories' };
