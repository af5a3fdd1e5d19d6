import { z } from 'zod';

export const problem = z
  .object({
    type: z.string().describe('Names the kind of problem.'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('The error, and the thing that it concerns.'),
    name: z.string().describe('The error, as the command line calls it.'),
    hint: z.string().nullable().describe('The remedy.'),
    request_id: z.string(),
    errors: z
      .array(z.object({ at: z.string(), message: z.string() }))
      .optional()
      .describe('Each thing that is wrong with the request.'),
  })
  .meta({ id: 'Problem' });

export type Problem = z.infer<typeof problem>;
