import type { z } from 'zod';
import { StoreError } from '../../domain/store-errors.ts';

/** Reads an answer by its schema. An answer that does not fit is not Weaviate's: often a proxy's own page. */
export function read<T>(schema: z.ZodType<T>, body: unknown, where: string): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const paths = parsed.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.') || 'body'}: ${issue.code}`);
  throw new StoreError('WeaviateError', `${where} gave an answer that is not Weaviate's (${paths.join(', ')})`);
}
