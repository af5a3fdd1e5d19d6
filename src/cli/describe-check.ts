import type { CheckedCollection, CheckJson } from '../operations/setup/check/check-json.ts';
import { agesText, amount, bytesText, sizeText } from '../operations/setup/check/words.ts';
import { printable } from './output.ts';
import { bold, dim, green, yellow } from './style.ts';

/** A report of `coppice check` for a terminal. */
export function describeReport(report: CheckJson, html: string | null): string[] {
  const { collections, not_measured: missing, other_tables: others, database } = report;
  return [
    ...(collections.length === 0 && missing.length === 0
      ? ['Nothing of a known kind was found.']
      : collections.flatMap(describeCollection)),
    ...missing.map(
      ({ collection, measure, reason }) =>
        `${yellow('not measured')}: ${printable(collection)}, ${measure}: ${printable(reason)}`,
    ),
    ...(others === 0 ? [] : [dim(`${others} other tables`)]),
    ...(html === null ? [] : [`wrote ${html}`]),
    '',
    ...(database.startsWith('postgres')
      ? [
          'Nothing was written to the database. Next:',
          `  export DATABASE_URL='${database}'   # with the password`,
          '  coppice init        # writes coppice.yaml from what was recognised',
          '  coppice preview ttl-cleanup',
        ]
      : database.startsWith('http')
        ? ['Nothing was written to Weaviate. docs/mapping.md shows how to configure its classes.']
        : ['Nothing was written to the graph. docs/graphs.md shows how to configure it.']),
  ];
}

function describeCollection({ name, about, table, rows, bytes, weeks, findings }: CheckedCollection): string[] {
  return [
    `${bold(printable(name))}  ${printable(table)}, ${sizeText({ rows, bytes })}`,
    dim(`  ${about}`),
    ...(weeks === null || weeks.every((count) => count === 0)
      ? []
      : [dim(`  new rows in the last ${weeks.length} weeks: ${weeks.join(' ')}`)]),
    ...(findings.length === 0 ? [`  ${green('nothing was found')}`] : []),
    ...findings.flatMap((finding) => [
      `  ${yellow(amount(finding))} ${finding.what}${finding.table === undefined ? '' : ` (${printable(finding.table)})`}` +
        (finding.bytes === null ? '' : `, about ${bytesText(finding.bytes)}`),
      ...(finding.by_age === undefined ? [] : [dim(`    ${agesText(finding.by_age)}`)]),
      ...(finding.remedy === null ? [] : [`    → ${finding.remedy}`]),
    ]),
    '',
  ];
}
