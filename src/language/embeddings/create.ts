import { builtInEmbedder } from './built-in.ts';
import { createOpenAiEmbedder, type OpenAiOptions } from './openai.ts';
import { type Embedder, storesOwnEmbedder } from './port.ts';

export type EmbeddingsChoice =
  | { readonly provider: 'built-in' }
  | { readonly provider: 'weaviate' }
  | ({ readonly provider: 'openai' } & OpenAiOptions);

export function createEmbedder(choice: EmbeddingsChoice): Embedder {
  switch (choice.provider) {
    case 'built-in':
      return builtInEmbedder;
    case 'weaviate':
      return storesOwnEmbedder;
    case 'openai':
      return createOpenAiEmbedder(choice);
  }
}
