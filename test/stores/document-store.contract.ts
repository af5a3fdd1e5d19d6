import { describe } from 'vitest';
import type { SuiteDatabase } from '../support/stores.ts';
import { intentContract } from './contract/intents.ts';
import { removalContract } from './contract/removal.ts';
import { restoreContract } from './contract/restore.ts';
import { severalRowsContract } from './contract/several-rows.ts';
import { surveyContract } from './contract/survey.ts';
import { timeContract } from './contract/times.ts';

/** What every store of documents must do, a subject each. */
export function documentStoreContract(database: SuiteDatabase): void {
  describe('survey', () => surveyContract(database));
  describe('times', () => timeContract(database));
  describe('removal', () => removalContract(database, 'guarded'));
  describe('removal where no foreign key guards the chunks', () => removalContract(database, 'unguarded'));
  describe('undo', () => restoreContract(database));
  describe('documents of several rows', () => severalRowsContract(database));
  describe('removal in two transactions', () => intentContract(database));
}
