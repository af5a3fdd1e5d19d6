import type { Model } from '../../language/model/port.ts';
import type { TextAnalyser } from '../../language/words/analyse-text.ts';
import type { SimilaritySearch } from '../../similarity/similarity-search.ts';

/** The parts that the extraction of topics needs besides the stores. */
export interface TopicTools {
  /** Loads the words of all languages at its first use. */
  readonly analyser: () => Promise<TextAnalyser>;
  readonly search: SimilaritySearch;
  /** The language model of the method `model`; `null`: none is configured. */
  readonly model: Model | null;
}
