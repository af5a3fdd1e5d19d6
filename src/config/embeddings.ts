import { z } from 'zod';
import type { EmbeddingsConfig } from './config.ts';

/** The section `embeddings`: what makes the vectors of chunks that Coppice writes. */

export const embeddingsSchema = z
  .strictObject({
    provider: z.enum(['built-in', 'openai', 'weaviate']),
    url: z.url({ protocol: /^https?$/ }).refine((text) => {
      const url = URL.parse(text);
      return url !== null && url.username === '' && url.password === '';
    }, 'must carry no credentials: set EMBEDDINGS_API_KEY'),
    model: z.string().min(1),
    dimensions: z.int().min(1).max(16_000),
    batch_size: z.int().min(1).max(2_048),
    timeout_seconds: z.number().min(1).max(600),
  })
  .partial();

type Settings = z.infer<typeof embeddingsSchema>;

const defaultEmbeddings = { url: 'https://api.openai.com/v1', batchSize: 64, timeoutSeconds: 30 };

export function toEmbeddings(
  settings: Settings = {},
  apiKey: string | undefined,
  problems: string[],
): EmbeddingsConfig {
  const provider = settings.provider ?? 'built-in';
  const { url, model = '', dimensions = null } = settings;
  if (provider === 'openai' && model === '') {
    problems.push("embeddings.model: which model makes the vectors must be said, such as 'text-embedding-3-small'");
  }
  const unused = Object.keys(settings).filter((name) => name !== 'provider');
  if (provider !== 'openai' && unused.length > 0) {
    problems.push(`embeddings.${unused[0]}: means nothing with provider ${provider}; set embeddings.provider: openai`);
  }
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) {
    problems.push('EMBEDDINGS_API_KEY: has a character no key can have: a line end?');
  }
  return {
    provider,
    url: url ?? defaultEmbeddings.url,
    model,
    dimensions,
    batchSize: settings.batch_size ?? defaultEmbeddings.batchSize,
    timeoutSeconds: settings.timeout_seconds ?? defaultEmbeddings.timeoutSeconds,
    apiKey: apiKey ?? null,
  };
}

/** As `coppice config show` prints it. */
export function showEmbeddings(config: EmbeddingsConfig): object {
  if (config.provider !== 'openai') return { provider: config.provider };
  return {
    provider: config.provider,
    url: config.url,
    model: config.model,
    dimensions: config.dimensions,
    batch_size: config.batchSize,
    timeout_seconds: config.timeoutSeconds,
    api_key: config.apiKey === null ? null : '[set]',
  };
}
