import type { PresetName } from '../../../config/preset-names.ts';
import type { LiveTable } from './live-tables.ts';

/** A line of a collection in `coppice.yaml`. */
export interface SettingLine {
  readonly key: string;
  readonly value: unknown;
  /** Why it says this: stands above it, a line each. */
  readonly comments: readonly string[];
  /** Written as a comment, for a person to uncomment. */
  readonly off?: boolean;
}

/** A table whose shape is known, as a collection. */
export interface FoundCollection {
  readonly name: string;
  readonly shape: PresetName | 'coppice';
  readonly preset: PresetName | null;
  readonly table: LiveTable;
  /** Description of the shape, in a sentence. */
  readonly about: string;
  readonly lines: readonly SettingLine[];
}

/** A table that nobody knows, in which rows might expire. */
export interface Candidate {
  readonly name: string;
  readonly table: LiveTable;
  /** The column or path that says until when a row lasts. */
  readonly by: string;
  readonly lines: readonly SettingLine[];
}

/** A table that is named, and no more. */
export interface Remark {
  readonly table: LiveTable;
  readonly why: string;
}

export interface Findings {
  readonly collections: readonly FoundCollection[];
  readonly candidates: readonly Candidate[];
  /** Of the applications that were recognised, but nothing for a job. */
  readonly leftAlone: readonly Remark[];
  /** Would be one of the above, but a mapping cannot say it. */
  readonly notMappable: readonly Remark[];
  /** Other tables, of which only the number is told. */
  readonly others: number;
}
