import type { Rule } from '../domain/rules/index.ts';
import type { DocumentTable } from '../stores/ports/document-store.ts';
import type { OpenSweepable, SweepTerms } from './sweep/sweepable.ts';

type RowSurvey = Pick<
  OpenSweepable,
  'fingerprint' | 'formerFingerprints' | 'survey' | 'samples' | 'collect' | 'itemsBeyond'
>;

/** The part of a sweepable that counts rows and binds a run to them: the same for every job on rows, but for its rule. */
export function rowSurvey(table: DocumentTable, ruleOf: (terms: SweepTerms) => Rule): RowSurvey {
  const surveyTerms = (terms: SweepTerms) => ({ rule: ruleOf(terms), respectHolds: terms.respectHolds });
  return {
    fingerprint: table.fingerprint,
    formerFingerprints: table.formerFingerprints,
    survey: (tx, terms) => table.survey(tx, surveyTerms(terms)),
    samples: (tx, terms, partitions) => table.samples(tx, surveyTerms(terms), partitions),
    collect: (tx, terms, runNo) => table.collect(tx, surveyTerms(terms), runNo),
    itemsBeyond: (tx, runNo, approvedRunNo) => table.itemsBeyond(tx, runNo, approvedRunNo),
  };
}
