import type { Tx } from '../../../database/schema.ts';
import type { AttributeTable } from '../../ports/attribute-table.ts';
import type { LiveTable } from '../table.ts';
import { idSources, writeProblems } from './new-ids.ts';
import {
  allProfiles,
  collectProposals,
  countEntities,
  countLeftOut,
  dueByEntity,
  proposalItems,
  readProfiles,
  unansweredProfiles,
} from './read.ts';
import { replaceLines } from './replace.ts';
import { undoAdded } from './undo-added.ts';

/** A collection of attributes in PostgreSQL, as profiles. */
export function createAttributeTable(table: LiveTable, ledger: (tx: Tx) => Promise<void>): AttributeTable {
  const { mapping } = table;
  let sources: Awaited<ReturnType<typeof idSources>> = null;
  return {
    problems: (db) => writeProblems(db, table),
    counts: (tx) => countEntities(tx, mapping),
    unanswered: (db, terms, limit) => unansweredProfiles(db, mapping, terms, limit),
    profiles: (db, filter) => allProfiles(db, mapping, filter),
    countLeftOut: (db, filter) => countLeftOut(db, mapping, filter),
    read: (db, names) => readProfiles(db, mapping, names),
    dueByEntity: (tx, terms) => dueByEntity(tx, mapping, terms),
    collect: async (tx, terms, runNo) => {
      await ledger(tx);
      await collectProposals(tx, mapping, terms, runNo);
    },
    items: (db, runNo, partNos) => proposalItems(db, mapping, runNo, partNos),
    replace: async (tx, run, requests) => {
      // The catalogue is asked once: a table that changes has another fingerprint, and is opened anew.
      sources ??= await idSources(tx, table);
      return replaceLines(tx, table, { ...run, ids: sources }, requests);
    },
    undoAdded: (tx, at, undoRunNo) => undoAdded(tx, table, at, undoRunNo),
  };
}
