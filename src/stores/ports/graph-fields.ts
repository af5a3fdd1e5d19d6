/** The jobs for which fields of a mapping are read besides those of every job: that merge, archive, or audit validity. */
export type FieldUse = 'merging' | 'facts' | 'validity';

export interface FieldInspection {
  /** Fields that do not exist or have another type, a sentence each: a job that reads them refuses the graph. */
  readonly problems: readonly string[];
  /** Fields of which no sampled entity or relation has a value, a sentence each: a job that reads them finds nothing. */
  readonly empty: readonly string[];
}
