import { z } from 'zod';

const evidence = z
  .object({
    survivor_name: z.string(),
    loser_name: z.string(),
    cosine: z.number().nullable().describe('`null`: one of the two has no vector.'),
    same_name: z.boolean().describe('Whether the names are equal but for case, accents and punctuation.'),
    agree: z.array(z.string()).describe('Properties that both have and that say the same.'),
    differ: z.array(z.string()).describe('Properties that both have and that say something else.'),
  })
  .meta({ id: 'MergeEvidence' });

const bits = z.number().nullable().describe('Log2 of the odds that the two are one thing; `null` without a model.');
const guard = z.string().nullable().describe('Why the pair is not merged automatically.');

export const previewedPair = z
  .object({
    graph: z.string(),
    group_id: z.string(),
    type: z.string(),
    survivor: z.string(),
    loser: z.string(),
    outcome: z.enum(['merge', 'relate']),
    bits,
    guard,
    evidence,
  })
  .meta({ id: 'PreviewedPair' });
