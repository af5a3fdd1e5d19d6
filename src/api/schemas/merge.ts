import { z } from 'zod';
import { mergeStates } from '../../domain/merging/merge-state.ts';
import type { MergeDetailJson, MergePageJson } from '../../operations/groups/merges.ts';
import type { Mutable } from '../wire.ts';
import { count, instant } from './common.ts';

const evidence = z
  .object({
    survivor_name: z.string(),
    loser_name: z.string(),
    cosine: z.number().nullable().describe('`null`: one of the two has no vector.'),
    same_name: z.boolean().describe('Whether the names are equal but for case, accents and punctuation.'),
    agree: z.array(z.string()).describe('Properties that both have and that say the same.'),
    differ: z.array(z.string()).describe('Properties that both have and that say something else.'),
    ends: z.array(z.string()).optional().describe('Of two facts: the entities that they join.'),
    likeness: z.number().optional().describe('Of two facts: the share of words that they have in common.'),
    model: z
      .object({ verdict: z.enum(['same', 'related', 'different']), reason: z.string().nullable() })
      .optional()
      .describe('The verdict of a language model, where one judged the pair.'),
  })
  .meta({ id: 'MergeEvidence' });

const kind = z.enum(['entity', 'fact']);
const bits = z.number().nullable().describe('Log2 of the odds that the two are one thing; `null` without a model.');
const guard = z.string().nullable().describe('Why the pair is not merged automatically.');

export const previewedPair = z
  .object({
    graph: z.string(),
    group_id: z.string(),
    kind,
    type: z.string(),
    survivor: z.string(),
    loser: z.string(),
    outcome: z.enum(['merge', 'relate']),
    bits,
    guard,
    evidence,
  })
  .meta({ id: 'PreviewedPair' });

const merge = z
  .object({
    id: z.string(),
    graph: z.string(),
    group_id: z.string(),
    kind,
    type: z.string(),
    state: z.enum(mergeStates),
    survivor: z.string().describe('The entity that stays, or would stay.'),
    loser: z.string(),
    bits,
    guard,
    evidence,
    reason: z.string().nullable().describe('Why it was not merged or not taken apart, or how it was taken apart.'),
    run_id: z.string().nullable().describe('The run that merged the two.'),
    created_at: instant,
    merged_at: instant.nullable(),
    decided_at: instant.nullable(),
    decided_by: z.string().nullable(),
  })
  .meta({ id: 'Merge' });

const side = z
  .object({
    id: z.string(),
    name: z.string(),
    type: z.string(),
    text: z.string(),
    properties: z.record(z.string(), z.string()),
    neighbours: z.array(z.string()).describe('Names of entities that a relation joins it to, the first twenty.'),
    created_at: instant.nullable(),
  })
  .meta({ id: 'MergeSide' });

export const mergeDetail = z
  .object({
    ...merge.shape,
    survivor_side: side.nullable().describe('As it is now; `null`: it does not exist.'),
    loser_side: side.nullable(),
    merged: z
      .object({ moved_edges: count, joined_edges: count, changed_values: z.array(z.string()) })
      .nullable()
      .describe('The changes of the merge; `null`: the pair is not merged, or its changes are not kept any more.'),
  })
  .meta({ id: 'MergeDetail' }) satisfies z.ZodType<unknown, Mutable<MergeDetailJson>>;

export const mergePage = z
  .object({ merges: z.array(merge), next_cursor: z.string().nullable() })
  .meta({ id: 'MergePage' }) satisfies z.ZodType<unknown, Mutable<MergePageJson>>;
