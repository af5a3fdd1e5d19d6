import type { DecideOptions } from '../src/domain/duplicates/decide.ts';
import { findDuplicates } from '../src/similarity/find-duplicates.ts';
import { createSimilaritySearch, type SimilaritySearch } from '../src/similarity/similarity-search.ts';
import { type DataSet, readDataSet } from './data-set.ts';
import { resample } from './resample.ts';
import { type Scores, scoresOf } from './score.ts';

export interface Evaluation extends Scores {
  readonly records: number;
  readonly gold_pairs: number;
  readonly types: readonly {
    readonly type: string;
    readonly model: string;
    readonly regime: string | null;
    readonly cutoff_bits: number | null;
  }[];
  readonly without_guards: Scores;
  readonly seconds: number;
}

export const defaultMaxErrorRate = 0.01;

/** Runs finding and deciding as the job does, with its defaults, and compares the result with the gold data. */
export async function evaluate(folder: string, maxErrorRate: number, threads: number): Promise<Evaluation> {
  const data = readDataSet(folder);
  const search = createSimilaritySearch({ threads });
  try {
    const started = performance.now();
    const found = await find(data, true);
    const seconds = (performance.now() - started) / 1000;
    return {
      ...scoresOf(data, found),
      ...{ records: data.records.length, gold_pairs: data.gold.size },
      types: found.map(({ type, model, regime, cutoffBits }) => {
        return { type, model, regime: regime?.regime ?? null, cutoff_bits: cutoffBits };
      }),
      without_guards: scoresOf(data, await find(data, false)),
      seconds,
    };
  } finally {
    await search.close();
  }

  function find(set: DataSet, guards: boolean) {
    return findIn(set, search, { maxErrorRate, guards });
  }
}

export interface Coverage {
  readonly resamples: number;
  /** Those where the error rate could be estimated, and those of them whose interval holds the true rate. */
  readonly estimated: number;
  readonly covered: number;
  readonly least_precision: number;
  readonly least_recall: number;
}

/** How often the interval of the estimate holds the true rate, over random parts of the set. */
export async function coverageOf(
  folder: string,
  maxErrorRate: number,
  { resamples, threads }: { readonly resamples: number; readonly threads: number },
): Promise<Coverage> {
  const data = readDataSet(folder);
  const search = createSimilaritySearch({ threads });
  let [estimated, covered, precision, recall] = [0, 0, 1, 1];
  try {
    for (let seed = 1; seed <= resamples; seed++) {
      const part = resample(data, seed);
      const found = await findIn(part, search, { maxErrorRate });
      const { merge, true_error_rate } = scoresOf(part, found);
      [precision, recall] = [Math.min(precision, merge.precision), Math.min(recall, merge.recall)];
      for (const { estimate } of found) {
        if (estimate.status !== 'estimated') continue;
        estimated++;
        if (estimate.low <= true_error_rate && true_error_rate <= estimate.high) covered++;
      }
    }
  } finally {
    await search.close();
  }
  return { resamples, estimated, covered, least_precision: precision, least_recall: recall };
}

function findIn({ records, vectorOf }: DataSet, search: SimilaritySearch, options: DecideOptions) {
  return findDuplicates({ records, vectorOf }, search, options);
}
