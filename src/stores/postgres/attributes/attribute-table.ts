import type { Tx } from '../../../database/schema.ts';
import type { AttributeTable } from '../../ports/attribute-table.ts';
import type { LiveTable } from '../table.ts';
import { writeProblems } from './new-ids.ts';
import {
  allProfiles,
  collectProposals,
  countEntities,
  dueByEntity,
  proposalItems,
  readProfile,
  unansweredProfiles,
} from './read.ts';
import { replaceLines } from './replace.ts';
import { undoAdded } from './undo-added.ts';

/** A collection of attributes in PostgreSQL, as profiles. */
export function createAttributeTable(table: LiveTable, ledger: (tx: Tx) => Promise<void>): AttributeTable {
  const { mapping } = table;
  return {
    problems: (db) => writeProblems(db, table),
    counts: (tx) => countEntities(tx, mapping),
    unanswered: (db, terms, limit) => unansweredProfiles(db, mapping, terms, limit),
    profiles: (db, filter) => allProfiles(db, mapping, filter),
    read: (db, name) => readProfile(db, mapping, name),
    dueByEntity: (tx, terms) => dueByEntity(tx, mapping, terms),
    collect: async (tx, terms, runNo) => {
      await ledger(tx);
      await collectProposals(tx, mapping, terms, runNo);
    },
    items: (db, at, after, limit) => proposalItems(db, mapping, at, after, limit),
    replace: (tx, request) => replaceLines(tx, table, request),
    undoAdded: (tx, at, undoRunNo) => undoAdded(tx, table, at, undoRunNo),
  };
}
