import { z } from 'zod';

const value = z.union([z.number(), z.string(), z.boolean(), z.null()]);

/** A parameter in a job's entry. */
export const parameterTypes = z
  .looseObject({
    type: z.enum(['integer', 'number', 'boolean', 'string']),
    default: value,
    description: z.string().min(1),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    unit: z.string().optional(),
    choices: z.array(z.string()).optional(),
  })
  .refine(
    ({ type, default: given }) => given === null || typeof given === (type === 'integer' ? 'number' : type),
    'the default must be of the type',
  );
