import type { Db, Tx } from '../database/schema.ts';
import type { Rule } from '../domain/rules/index.ts';
import type { UpdateCost } from '../domain/update-cost.ts';
import type { RowTable } from '../stores/ports/row-store.ts';
import type { OpenSweepable, SurveySource, SweepTerms } from './sweep/sweepable.ts';

/** How a job surveys rows differently from another. */
interface RowSurvey {
  ruleOf(terms: SweepTerms): Rule;
  ledgerBytes(tx: Tx, rows: number): Promise<{ current: number; expected: number }>;
  /** Whether children of the rows are concerned too, where the collection has any. */
  readonly withChildren?: boolean;
  /** Looks at what the run would write; rejects with `MappingError` where that is refused. */
  updates?(db: Db, rule: Rule): Promise<UpdateCost>;
}

/** The part of a sweepable that counts rows and binds a run to them: the same for every job on rows, but for its rule. */
export function rowSurvey(
  table: RowTable,
  { ruleOf, ledgerBytes, withChildren = false, updates }: RowSurvey,
): Pick<OpenSweepable, 'fingerprint' | 'formerFingerprints' | 'observe'> {
  return {
    fingerprint: table.fingerprint,
    formerFingerprints: table.formerFingerprints,
    observe: async (db, terms, runNo): Promise<SurveySource> => {
      const { respectHolds } = terms;
      const surveyTerms = { rule: ruleOf(terms), respectHolds, ...(runNo === null ? {} : { runNo }) };
      const cost = await updates?.(db, surveyTerms.rule);
      return {
        ...(cost === undefined ? {} : { updates: cost }),
        count: (tx) => table.survey(tx, surveyTerms),
        samples: (tx, partitions) => table.samples(tx, surveyTerms, partitions),
        ...(withChildren && table.mapping.children !== undefined
          ? { children: (tx: Tx) => table.dueChildren(tx, surveyTerms) }
          : {}),
        ledgerBytes,
        collect: (tx, runNo) => table.collect(tx, surveyTerms, runNo),
        itemsBeyond: (tx, runNo, approvedRunNo) => table.itemsBeyond(tx, runNo, approvedRunNo),
      };
    },
  };
}
