import { writeFileSync } from 'node:fs';
import { OperationError } from '../../errors.ts';
import type { CheckedCollection, CheckJson } from './check-json.ts';
import type { CheckFinding } from './findings.ts';
import { agesText, amount, bytesText, sizeText } from './words.ts';

/** Writes the report over whatever the file holds. */
export function writeReport(file: string, report: CheckJson): void {
  try {
    writeFileSync(file, reportHtml(report));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OperationError('usage', 'OutputError', `cannot write ${file}: ${reason}`, 'Name another file: --html.');
  }
}

/** A page of its own: no script, no address of another host, and everything from the database as text. */
function reportHtml(report: CheckJson): string {
  const { database, checked_at: at, collections, not_measured: missing } = report;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>State of the knowledge in a database</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>State of the knowledge in a database</h1>
<p>${text(database)}, looked at ${text(at.slice(0, 19).replace('T', ' '))} UTC by <code>coppice check</code>, which wrote nothing.</p>
${collections.length === 0 ? '<p>Nothing of a known kind was found.</p>' : ''}
${collections.map(collectionHtml).join('\n')}
${
  missing.length === 0
    ? ''
    : `<section><h2>Not measured</h2><ul>${missing
        .map(({ collection, measure, reason }) => `<li>${text(collection)}, ${text(measure)}: ${text(reason)}</li>`)
        .join('')}</ul></section>`
}
</main>
</body>
</html>
`;
}

function collectionHtml({ name, about, table, rows, bytes, weeks, findings }: CheckedCollection): string {
  return `<section>
<h2>${text(name)}</h2>
<p class="about">${prose(about)}. Table <code>${text(table)}</code>, ${sizeText({ rows, bytes })}.</p>
${weeks === null || weeks.every((count) => count === 0) ? '' : growthHtml(weeks)}
${findings.length === 0 ? '<p class="good">Nothing was found.</p>' : findings.map(findingHtml).join('\n')}
</section>`;
}

function findingHtml(finding: CheckFinding): string {
  const { of, count, what, remedy, bytes, by_age: ages, table } = finding;
  const share = of === 0 ? 0 : Math.min(1, count / of);
  return `<article>
<p><strong>${text(amount(finding))}</strong> ${text(what)}${table === undefined ? '' : ` (<code>${text(table)}</code>)`}.${
    bytes === null ? '' : ` About ${bytesText(bytes)}.`
  }</p>
<svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label="${Math.round(share * 100)} %"><rect width="100" height="4" class="all"/><rect width="${(share * 100).toFixed(2)}" height="4" class="part"/></svg>
${ages === undefined ? '' : `<p class="ages">${agesText(ages)}</p>`}
${remedy === null ? '' : `<p class="remedy">${prose(remedy)}.</p>`}
</article>`;
}

const barWidth = 12;
const chartHeight = 48;

function growthHtml(weeks: readonly number[]): string {
  const most = Math.max(1, ...weeks);
  const bars = weeks
    .map((count, at) => {
      const height = Math.round((count / most) * chartHeight);
      return `<rect x="${at * (barWidth + 4)}" y="${chartHeight - height}" width="${barWidth}" height="${height}" class="part"><title>${count.toLocaleString('en')} rows</title></rect>`;
    })
    .join('');
  return `<figure><svg class="growth" viewBox="0 0 ${weeks.length * (barWidth + 4)} ${chartHeight}" role="img" aria-label="New rows in each of the last ${weeks.length} weeks: ${weeks.join(', ')}">${bars}</svg>
<figcaption>New rows in each of the last ${weeks.length} weeks: ${weeks.map((count) => count.toLocaleString('en')).join(', ')}</figcaption></figure>`;
}

/** A sentence of Coppice's own, with commands in backquotes. */
function prose(value: string): string {
  return text(value).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function text(value: string): string {
  const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return value.replace(/[&<>"]/g, (character) => escapes[character] ?? '');
}

const style = `
:root { color-scheme: light dark; --text: #1c2420; --dim: #5a665f; --page: #fbfcfb; --line: #d6ddd8; --part: #2f7d5b; --all: #e4eae6; }
@media (prefers-color-scheme: dark) { :root { --text: #e6ece8; --dim: #9aa7a0; --page: #131815; --line: #2d3631; --part: #5fbf92; --all: #26302a; } }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin: 2rem 0 0; border-top: 1px solid var(--line); padding-top: 1rem; }
article { margin: 1rem 0; } article p { margin: .25rem 0; } figure { margin: 1rem 0; }
.about, .ages, figcaption { color: var(--dim); font-size: .9rem; } .remedy { font-size: .9rem; } .remedy::before { content: "→ "; color: var(--part); }
.share { display: block; width: 100%; height: 6px; } .growth { width: 16rem; max-width: 100%; height: auto; display: block; }
.all { fill: var(--all); } .part { fill: var(--part); }
@media print { section { break-inside: avoid; } }
`;
