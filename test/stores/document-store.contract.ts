import { describe } from 'vitest';
import type { SuiteDatabase } from '../support/stores.ts';
import { childrenContract } from './contract/children.ts';
import { compositeIdContract } from './contract/composite-ids.ts';
import { intentContract } from './contract/intents.ts';
import { recheckContract } from './contract/recheck.ts';
import { removalContract } from './contract/removal.ts';
import { restoreContract } from './contract/restore.ts';
import { severalRowsContract } from './contract/several-rows.ts';
import { surveyContract } from './contract/survey.ts';
import { timeContract } from './contract/times.ts';

/** Promises of every store of documents, a subject each. */
export function documentStoreContract(database: SuiteDatabase): void {
  describe('survey', () => surveyContract(database));
  describe('times', () => timeContract(database));
  for (const kind of ['guarded', 'unguarded'] as const) {
    describe(`removal, chunks ${kind} by a foreign key`, () => removalContract(database, kind));
    describe(`rechecks, chunks ${kind} by a foreign key`, () => recheckContract(database, kind));
  }
  describe('undo', () => restoreContract(database));
  describe('documents of several rows', () => severalRowsContract(database));
  describe('ids of several columns', () => compositeIdContract(database));
  describe('children of rows', () => childrenContract(database));
  describe('removal in two transactions', () => intentContract(database));
}
