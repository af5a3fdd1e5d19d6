/** Categories that a profile has everywhere. An application may have more. */
export const profileCategories = ['preference', 'fact', 'interest', 'communication', 'health', 'misc'] as const;

/** One line of a profile. */
export interface Attribute {
  readonly id: string;
  readonly category: string;
  readonly key: string;
  readonly value: string;
  /** When the application wrote it; `null`: nothing says. */
  readonly updatedAt: Date | null;
}

/** An attribute that takes the place of others. */
export interface NewAttribute {
  readonly category: string;
  readonly key: string;
  readonly value: string;
}

export const consolidatedConfidence = 0.9;
export const consolidatedSource = 'maintenance';

export const dropReasons = ['duplicate', 'superseded', 'passing', 'greeting', 'one_time'] as const;
export type DropReason = (typeof dropReasons)[number];

/** Answer of a model. Lines have the numbers that it was shown, from 1; a line that it does not name is kept. */
export type Operation =
  | { readonly op: 'keep'; readonly line: number }
  | ({ readonly op: 'merge'; readonly lines: readonly number[] } & NewAttribute)
  | ({ readonly op: 'replace'; readonly line: number } & NewAttribute)
  | {
      readonly op: 'drop';
      readonly line: number;
      readonly reason: DropReason;
      /** The line that a duplicate repeats, or that a superseded line gives way to. */
      readonly by?: number | null | undefined;
    };

/** One change of a profile that the code has accepted. */
export interface ProfileChange {
  readonly decidedBy: 'rules' | 'model';
  /** Lines that disappear, by their numbers. */
  readonly lines: readonly number[];
  readonly reason: DropReason | 'merged' | 'replaced';
  /** The line that stays in their place; `null`: a new attribute takes it, or nothing does. */
  readonly by: number | null;
  readonly added: NewAttribute | null;
}

/** Rises with every change of the rules that may judge the same answer otherwise: questions are asked again then. */
export const profileRulesVersion = 1;
