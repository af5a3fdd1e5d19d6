import { setImmediate as nextTurn } from 'node:timers/promises';
import { builtInDimensions, embedText } from '../built-in-embedder.ts';
import type { Embedder } from './port.ts';

/** Texts embedded between two turns of the event loop. */
const textsPerTurn = 16;

/** Needs no model and no network, and says what it is worth wherever it is named. */
export const builtInEmbedder: Embedder = {
  description: `built-in (hashing, ${builtInDimensions} dimensions): finds shared words, knows nothing of meaning`,
  makesVectors: true,
  remote: false,
  embed: async (texts, signal) => {
    const vectors: number[][] = [];
    for (const [at, text] of texts.entries()) {
      if (at > 0 && at % textsPerTurn === 0) await nextTurn();
      signal?.throwIfAborted();
      vectors.push(embedText(text));
    }
    return vectors;
  },
  dimensions: async () => builtInDimensions,
  probe: async () => builtInEmbedder.description,
};
