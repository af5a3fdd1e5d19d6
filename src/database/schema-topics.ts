import type { Generated, JSONColumnType } from 'kysely';

/** A topic of one user, or of the organisation. */
export interface TopicsTable {
  collection: string;
  scope: 'user' | 'organisation';
  /** The user; empty for the organisation. */
  subject: string;
  /** Within the scope; never given again. */
  no: number;
  id: string;
  label: string;
  phrases: string[];
  /** Weight of each term, by which new questions are assigned. */
  weights: JSONColumnType<Readonly<Record<string, number>>>;
  rows: number;
  updated_at: Generated<Date>;
}

/** How far the topics of one user, or of the organisation, have been grouped. */
export interface TopicScopesTable {
  collection: string;
  scope: 'user' | 'organisation';
  subject: string;
  next_no: Generated<number>;
  /** Questions that the last grouping looked at. */
  grouped_rows: Generated<number>;
  /** Questions extracted since. */
  new_rows: Generated<number>;
  /** How many questions contain each frequent term. */
  background: JSONColumnType<{ readonly rows: number; readonly terms: Readonly<Record<string, number>> } | null>;
  grouped_at: Date | null;
}

/** Reports that a later one of the same period replaced. */
export interface FormerReportsTable {
  id: Generated<string>;
  report_id: string;
  collection: string;
  scope: string;
  user_id: string;
  report: JSONColumnType<Readonly<Record<string, unknown>>>;
  created_at: Date;
  replaced_at: Generated<Date>;
  run_no: number | null;
}
