import type { Check } from '../operations/monitoring/health.ts';
import type { CollectionReport } from '../operations/setup/doctor/collection.ts';
import type { FieldReport } from '../operations/setup/doctor/fields.ts';
import type { GraphReport } from '../operations/setup/doctor/graph.ts';
import type { DoctorJson } from '../operations/setup/doctor.ts';
import { describePlugins } from './describe-plugins.ts';
import { describeSchedules } from './describe-schedules.ts';
import { table } from './output.ts';
import { dim, green, red } from './style.ts';

/** The report of `coppice doctor`, on one page. */
export function describeDoctor({ checks, role, collections, graphs, plugins, schedules }: DoctorJson): string[] {
  return [
    ...checks.map(describeCheck),
    ...(role === null ? [] : role.missing.map((statement) => `       ${statement}`)),
    ...collections.flatMap((one) => ['', ...describeCollection(one)]),
    ...graphs.flatMap((one) => ['', ...describeGraph(one)]),
    ...(plugins.length === 0 ? [] : ['', ...describePlugins(plugins)]),
    '',
    ...(schedules === null
      ? [dim('schedules: Temporal was not asked, or does not answer (coppice health)')]
      : schedules.length === 0
        ? [dim('schedules: none yet; a worker makes them at its start')]
        : describeSchedules(schedules)),
  ];
}

export function describeCheck(check: Check): string {
  return `${mark(check.ok)} ${check.name}: ${check.message}`;
}

function describeCollection(one: CollectionReport): string[] {
  const { drift } = one;
  const drifted = drift === null ? 0 : drift.vectors_without_row;
  const lines: readonly (readonly [string, string])[] = [
    ['table', `${one.table}${about(one.rows_estimated)}`],
    ['vectors', `${one.vectors}${about(one.chunks_estimated)}`],
    ...(drift === null
      ? []
      : [
          [
            'drift',
            `${drift.rows_without_vectors} rows without vectors, ${drift.vectors_without_row} without a row`,
          ] as const,
        ]),
    ...one.problems.map((text) => [red('problem'), text] as const),
    ...one.accepted.map((text) => ['accepted', text] as const),
    ...one.accepted_in_vain.map((name) => ['accepted', `${name}, which nothing is called`] as const),
    ...one.remarks.map((text) => ['note', text] as const),
    ...one.advice.flatMap(({ sql, why }) => [['advice', why] as const, ['', sql] as const]),
  ];
  return [
    `${mark(one.problems.length === 0 && drifted === 0)} collection ${one.collection}`,
    ...lines.map(([label, text]) => `       ${label}${' '.repeat(Math.max(1, 10 - plainLength(label)))}${text}`),
    ...(one.fields.length === 0
      ? []
      : table([['field', 'reads', 'type', 'in a sample'], ...one.fields.map(describeField)]).map(
          (line) => `       ${line}`,
        )),
  ];
}

function describeGraph({ graph, place, computed_by, unscoped, problems }: GraphReport): string[] {
  return [
    `${mark(problems.length === 0)} graph ${graph}`,
    `       place     ${place}`,
    `       computed  by ${computed_by}`,
    ...(unscoped === null || unscoped === 0 ? [] : [`       note      ${unscoped} without a group, never touched`]),
    ...problems.map((text) => `       ${red('problem')}   ${text}`),
  ];
}

/** Colours take no place. */
function plainLength(label: string): number {
  return label === red('problem') ? 'problem'.length : label.length;
}

function about(rows: number | null): string {
  return rows === null ? '' : `, about ${rows} rows`;
}

function describeField({ field, reads, type, sample }: FieldReport): string[] {
  if (sample === null) return [field, reads, type, ''];
  const { rows, present, json_types: types, unreadable } = sample;
  const kinds = Object.entries(types ?? {}).map(([name, count]) => `${count} ${name}`);
  const parts = [
    rows === 0 ? 'no rows' : `${present} of ${rows} have it`,
    ...(kinds.length === 0 ? [] : [`as ${kinds.join(', ')}`]),
    ...(unreadable === null || unreadable === 0 ? [] : [`${unreadable} cannot be read and never expire`]),
  ];
  return [field, reads, type, parts.join('; ')];
}

function mark(ok: boolean): string {
  return ok ? green('ok  ') : red('FAIL');
}
