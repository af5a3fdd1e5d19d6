import { sql } from 'kysely';
import { resultTable } from '../../../state/intelligence/tables.ts';
import { deleteAdded } from '../../../state/ledger/added-rows.ts';
import type { QueryTable } from '../../ports/query-table.ts';
import type { LiveTable } from '../table.ts';
import { addExtractions, extractionDigest, latestExtractions } from './extractions.ts';
import { collectQuestions, countQuestions, dueQuestions } from './read.ts';

/** A collection of questions in PostgreSQL. */
export function createQueryTable(table: LiveTable): QueryTable {
  const { mapping } = table;
  return {
    counts: (tx, counted) => countQuestions(tx, mapping, counted),
    collect: (tx, runNo) => collectQuestions(tx, mapping, runNo),
    due: (db, runNo, parts, limit) => dueQuestions(db, mapping, runNo, parts, limit),
    add: (tx, run, extractions) => addExtractions(tx, mapping, run, extractions),
    latest: (db, user, limit) => latestExtractions(db, table, user, limit),
    undoAdded: (tx, at, undoRunNo, limit) =>
      deleteAdded(tx, { ...at, collection: mapping.name, undoRunNo, limit }, async (ids, digests) => {
        const { rows } = await sql<{ id: string }>`
          delete from ${resultTable('topic_extractions')} e
          using unnest(${[...ids]}::text[], ${[...digests]}::text[]) as a (id, digest)
          where e.collection = ${mapping.name} and e.query_id = a.id and ${extractionDigest('e')} = a.digest
          returning a.id`.execute(tx);
        return rows.map(({ id }) => id);
      }),
  };
}
