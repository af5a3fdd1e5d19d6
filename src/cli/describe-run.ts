import { notesOf, type RunJson, type SurveyCollectionJson, type SurveyJson } from '../domain/run.ts';
import { describeUpdate } from '../domain/update-cost.ts';
import { surveyVerb } from '../jobs/facts.ts';
import { sweepJobOf } from '../jobs/index.ts';
import { printable, table } from './output.ts';
import { dim, green, red, yellow } from './style.ts';

const colours: Readonly<Record<string, (text: string) => string>> = {
  success: green,
  partial: yellow,
  held: yellow,
  failed: red,
};

/** A run for people, the most important first. */
export function describeRun(
  run: Omit<RunJson, 'run_id' | 'workflow_id'> & {
    readonly run_id: string | null;
    readonly waiting_for?: string | null;
    readonly reason?: string | null;
  },
): string[] {
  const paint = colours[run.status] ?? ((text: string) => text);
  const took = run.duration_ms === null ? '' : ` in ${(run.duration_ms / 1000).toFixed(1)} s`;
  const lines = [`${run.kind === 'undo' ? `undo of ${run.undoes}` : run.job}: ${paint(run.status)}${took}`];
  if (run.run_id !== null) lines.push(`  run          ${run.run_id}`);
  for (const [name, count] of Object.entries(run.totals)) {
    if (count > 0) lines.push(`  ${name.replaceAll('_', ' ').padEnd(21)} ${count}`);
  }
  const states = Object.entries(run.partitions).map(([state, count]) => `${count} ${state}`);
  if (states.length > 0) lines.push(`  partitions   ${states.join(', ')}`);
  if (run.worker !== null) {
    const { peak_memory_bytes, cpu_ms } = run.worker;
    lines.push(
      `  worker       ${Math.round(peak_memory_bytes / 1024 ** 2)} MiB at most, ${(cpu_ms / 1000).toFixed(1)} s of CPU`,
    );
  }
  if (run.waiting_for != null) lines.push(`  waits for    ${run.waiting_for}`);
  if (run.holder !== null) lines.push(`  another run holds the lease: ${run.holder.workflow_id}`);
  if (run.error !== null)
    lines.push(`  ${run.error.message}`, ...(run.error.hint === null ? [] : [dim(`  ${run.error.hint}`)]));
  if (run.approval !== null) {
    const { by, approved_run, reason = null } = run.approval;
    lines.push(`  approved by ${by}: run ${approved_run ?? 'starting'}${inWords(reason ?? run.reason)}`);
  }
  if (run.rejection !== undefined) lines.push(`  rejected by ${run.rejection.by}${inWords(run.rejection.reason)}`);
  if (run.reason != null && run.approval === null) lines.push(`  reason       ${printable(run.reason)}`);
  if (run.survey === undefined) lines.push(...(run.notes ?? []).map((note) => `  ${note}`));
  return run.survey === undefined ? lines : [...lines, ...describeSurvey(run.survey, verbOf(run.job))];
}

/** A person's reason, after what that person did. */
function inWords(reason: string | null | undefined): string {
  return reason == null ? '' : ` (${printable(reason)})`;
}

const mostShown = 20;

/** Names what a run of the job would do to the items that are due. */
function verbOf(id: string): string {
  const job = sweepJobOf(id);
  return job === null ? 'due' : surveyVerb(job);
}

function describeSurvey(survey: SurveyJson, verb: string): string[] {
  const collections = survey.collections ?? [];
  const several = collections.length > 1;
  const apart = several || collections.some((one) => one.share_of === 'table');
  const share = apart ? '' : ` (${(survey.share * 100).toFixed(1)} %)`;
  const due = survey.due ?? survey.would_delete;
  const lines = [
    '',
    `${due} of ${survey.rows} rows${share} in ${survey.partition_count} partitions are due at ${survey.cutoff}`,
    ...(apart ? collections.map(describeCollection) : []),
    ...collections.flatMap(describeChildren),
    ...notesOf(survey).map((note) => `  ${note}`),
    ...collections.flatMap(({ updates }) =>
      updates === undefined ? [] : [`  ${describeUpdate({ ...updates, vectorIndexes: [] })}`],
    ),
  ];
  if (survey.on_hold > 0) lines.push(`  ${survey.on_hold} rows are on hold and stay`);
  const { unscoped, unreadable } = survey;
  if (unscoped > 0)
    lines.push(`  ${unscoped} rows have no partition and are never touched${byCollection(survey, 'unscoped')}`);
  if (unreadable > 0) {
    lines.push(
      `  ${unreadable} rows have no id, or a value that cannot be read, and stay${byCollection(survey, 'unreadable')}`,
    );
  }
  for (const reason of survey.would_hold) lines.push(yellow(`  held: ${reason}`));
  if (survey.partitions.length === 0) return lines;
  const shown = survey.partitions.slice(0, mostShown);
  lines.push(
    '',
    ...table([
      [...(several ? ['collection'] : []), 'partition', 'rows', verb, 'oldest', 'for example'],
      ...shown.map((one) => [
        ...(several ? [one.collection] : []),
        printable(one.partition).slice(0, 40),
        String(one.rows),
        String(one.due ?? one.would_delete),
        one.oldest?.slice(0, 10) ?? '',
        examples(one.sample_ids),
      ]),
    ]),
  );
  const more = survey.partition_count - shown.length;
  if (more > 0) lines.push(`… and ${more} more partitions`);
  return lines;
}

/** Which of several collections have the rows. */
function byCollection({ collections = [] }: SurveyJson, count: 'unscoped' | 'unreadable'): string {
  const parts = collections.filter((one) => one[count] > 0).map((one) => `${one.collection} ${one[count]}`);
  return collections.length > 1 && parts.length > 0 ? ` (${parts.join(', ')})` : '';
}

function describeCollection(one: SurveyCollectionJson): string {
  const whole = one.share_of === 'table' ? `${one.share_rows} rows of its table` : `${one.share_rows} rows`;
  const share = `${(one.share * 100).toFixed(1)} %`;
  return `  ${one.collection}: ${one.due} of ${whole} (${share}) in ${one.partition_count} partitions`;
}

function describeChildren({ collection, children = {} }: SurveyCollectionJson): string[] {
  return Object.entries(children).map(([table, rows]) => `  ${collection}: ${rows} rows of ${table} belong to them`);
}

const examplesWidth = 80;

/** Ids are there to be copied and looked up: as many as fit, none cut in two but one that is too long by itself. */
function examples(ids: readonly string[]): string {
  const [first = '', second] = ids.map(printable);
  const both = second === undefined ? first : `${first}, ${second}`;
  return both.length <= examplesWidth ? both : first.slice(0, examplesWidth);
}
