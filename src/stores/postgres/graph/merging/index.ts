import { named } from '../../../../database/errors.ts';
import type { Db } from '../../../../database/schema.ts';
import type { GraphMerging } from '../../../ports/graph-merging.ts';
import type { PostgresMapping } from '../scope.ts';
import { comparedEntities, describedEntities } from './compared.ts';
import { comparedFacts } from './facts.ts';
import { mergeEntities } from './merge.ts';
import { unmergeEntities } from './unmerge.ts';

/** `null`: the mapping does not name what merging reads. */
export function mergingOnTables(db: Db, of: PostgresMapping): GraphMerging | null {
  const { merging } = of;
  if (merging === undefined) return null;
  const mapping = { ...of, merging };
  return {
    compared: (group) => comparedEntities(db, mapping, group),
    describe: (group, ids) => named(() => describedEntities(db, mapping, group, ids)),
    comparedFacts: (group) => comparedFacts(db, mapping, group),
    merges: {
      at: 'database',
      merge: (tx, group, pair, limits) => mergeEntities(tx, mapping, group, pair, limits),
      unmerge: (tx, group, record) => unmergeEntities(tx, mapping, group, record),
    },
  };
}
