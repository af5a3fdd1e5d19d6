import type { GraphMerging } from '../../ports/graph-merging.ts';
import type { CypherMapping } from '../names.ts';
import { placeOf } from '../places.ts';
import type { CypherSession } from '../session.ts';
import { comparedEntities, describedEntities } from './compared.ts';
import { comparedFacts, prepareFacts } from './facts.ts';
import { mergeEntities } from './merge.ts';
import { prepareMerge } from './prepare.ts';
import { unmergeEntities } from './unmerge.ts';

/** `null`: the mapping does not name what merging reads. */
export function mergingOnGraph(session: CypherSession, of: CypherMapping): GraphMerging | null {
  const { merging } = of;
  if (merging === undefined) return null;
  const mapping = { ...of, merging };
  return {
    compared: (group, signal) => comparedEntities(session, mapping, group, signal),
    describe: (group, ids, signal) => describedEntities(session, mapping, group, ids, signal),
    comparedFacts: (group, signal) => comparedFacts(session, mapping, group, signal),
    merges: {
      at: 'outside',
      prepare: async (group, pair, limits, signal) => {
        const { graph, stored } = placeOf(mapping, group);
        const run = (text: string, parameters = {}) => session.read(graph, text, parameters, signal);
        const reading = { run, dialect: session.dialect, mapping, stored };
        return pair.kind === 'fact' ? prepareFacts(reading, pair, limits) : prepareMerge(reading, pair, limits);
      },
      merge: (fence, record, signal) => mergeEntities(session, mapping, fence, record, signal),
      unmerge: (fence, record, signal) => unmergeEntities(session, mapping, fence, record, signal),
    },
  };
}
