export const insightKinds = ['emerging', 'fading', 'recurring', 'unanswered'] as const;
export type InsightKind = (typeof insightKinds)[number];
export type InsightScope = 'user' | 'organisation';

/** Something about the questions of a period that is more than noise, with its evidence. */
export interface Insight {
  readonly kind: InsightKind;
  readonly subjectType: 'topic' | 'term' | 'question';
  /** Id of the topic, the term, or the digest of the question. */
  readonly subject: string;
  readonly title: string;
  readonly statistic: InsightStatistic;
  readonly evidence: { readonly query_ids: readonly string[] };
}

/** Numbers of the scope `organisation` are rounded down to multiples of the least number of users. */
export interface InsightStatistic {
  /** `poisson`: exact rate test. `g2`: log-likelihood ratio. `count`: nothing was tested. */
  readonly test: 'poisson' | 'g2' | 'count';
  /** Of the period: how often, and out of how many. */
  readonly count: number;
  readonly exposure: number;
  /** Of the periods before, all together. */
  readonly previous_count: number;
  readonly previous_exposure: number;
  /** The rate of the period, in rates of the periods before; `null`: there was none before. */
  readonly ratio: number | null;
  /** Adjusted by Benjamini and Hochberg; `null`: nothing was tested. */
  readonly q_value: number | null;
  /** Periods, one after the other up to this one, in which it was asked. */
  readonly periods?: number;
  /** Questions without an answer, or with a low score. */
  readonly low_answers?: number;
}
