import { escapedHtml } from './escape-html.ts';
import { type Report, type ReportData, type Sentence, sections, sectionTitles } from './report.ts';
import { emptySection, reportTitle } from './words.ts';

/**
 * A report as one HTML page: no script, no font, no image and no address outside it. It follows the colours that the reader has
 * set, and prints.
 */
export function toHtml(report: Report): string {
  const { data, period, notes } = report;
  const title = escapedHtml(reportTitle(report));
  const lastDay = new Date(Date.parse(period.end) - 1).toISOString().slice(0, 10);
  const charts = data.questions === 0 ? '' : `${dayChart(data)}${topicChart(data)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${styles}</style>
</head>
<body>
<main>
<h1 dir="auto">${title}</h1>
<p class="period">${period.start.slice(0, 10)} to ${lastDay}, UTC</p>
${sections.map((section) => sectionOf(report, section)).join('\n')}
${charts}
${notes.length === 0 ? '' : `<section><h2>Notes</h2>${listOf(notes.map(escapedHtml))}</section>`}
</main>
</body>
</html>
`;
}

function sectionOf(report: Report, section: (typeof sections)[number]): string {
  const texts = report[section].map(sentenceHtml);
  const heading = `<h2>${sectionTitles[section]}</h2>`;
  if (texts.length === 0) return `<section>${heading}<p>${emptySection[section]}</p></section>`;
  if (section !== 'executive_summary') return `<section>${heading}${listOf(texts)}</section>`;
  return `<section>${heading}<p>${texts.join(' ')}</p></section>`;
}

/** Names keep their own direction of writing within the sentence. */
function sentenceHtml({ text, citations }: Sentence): string {
  const names = citations.flatMap(({ value }) => (typeof value === 'string' && value !== '' ? [value] : []));
  const [name] = names.filter((one) => text.includes(one)).toSorted((a, b) => b.length - a.length);
  if (name === undefined) return escapedHtml(text);
  return text
    .split(name)
    .map(escapedHtml)
    .join(`<bdi>${escapedHtml(name)}</bdi>`);
}

function listOf(items: readonly string[]): string {
  return `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`;
}

const [width, barHeight, chartHeight] = [640, 26, 140];

function dayChart({ days }: ReportData): string {
  const most = Math.max(1, ...days.map(({ count }) => count));
  const step = width / Math.max(1, days.length);
  const isDense = days.length > 10;
  const bars = days.map(({ date, count }, at) => {
    const height = Math.round((count / most) * (chartHeight - 40));
    const [x, y] = [Math.round(at * step), chartHeight - 20 - height];
    const middle = Math.round(at * step + step / 2);
    const label = isDense && at % 5 !== 0 ? '' : `<text x="${middle}" y="${chartHeight - 4}">${date.slice(5)}</text>`;
    const value = isDense ? '' : `<text x="${middle}" y="${y - 5}">${count}</text>`;
    return `<rect x="${x + 2}" y="${y}" width="${Math.max(1, Math.round(step) - 4)}" height="${height}"><title>${date}: ${count}</title></rect>${value}${label}`;
  });
  const summary = `Questions by day, from ${days[0]?.date ?? ''} to ${days.at(-1)?.date ?? ''}`;
  return `<section><h2>Days</h2><svg viewBox="0 0 ${width} ${chartHeight}" role="img" aria-label="${summary}" class="days">${bars.join('')}</svg></section>`;
}

function topicChart({ topics }: ReportData): string {
  if (topics.length === 0) return '';
  const most = Math.max(1, ...topics.flatMap(({ count, previous }) => [count, previous]));
  const rows = topics.map(({ title, count, previous }) => {
    const bar = (value: number, name: string, y: number) =>
      `<rect class="${name}" x="0" y="${y}" width="${Math.round((value / most) * width)}" height="9"/>`;
    const chart = `<svg viewBox="0 0 ${width} ${barHeight}" role="img" aria-label="${count} questions, ${previous} before">${bar(count, 'now', 2)}${bar(previous, 'before', 14)}</svg>`;
    return `<tr><th scope="row"><bdi>${escapedHtml(title)}</bdi></th><td>${count}</td><td>${previous}</td><td class="chart">${chart}</td></tr>`;
  });
  const head = '<tr><th scope="col">topic</th><th scope="col">questions</th><th scope="col">before</th><td></td></tr>';
  return `<section><h2>Topics</h2><table><thead>${head}</thead><tbody>${rows.join('')}</tbody></table></section>`;
}

const styles = `
:root{color-scheme:light dark;--text:#1c1c1a;--soft:#5d5d58;--page:#fff;--line:#d9d9d2;--now:#2f6f4f;--before:#a9b8ae}
@media (prefers-color-scheme:dark){:root{--text:#e9e9e4;--soft:#a6a69f;--page:#171917;--line:#3a3d3a;--now:#7fc29b;--before:#4c5a51}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.55 system-ui,sans-serif}
main{max-width:46rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.5rem;margin:0;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:1.8rem 0 .4rem;padding-bottom:.2rem;border-bottom:1px solid var(--line)}
.period{margin:.2rem 0 0;color:var(--soft)}
p,li,th{overflow-wrap:anywhere}
ul{margin:.4rem 0;padding-inline-start:1.2rem}
svg{display:block;width:100%;height:auto}
svg text{fill:var(--soft);font-size:11px;text-anchor:middle}
.days rect,.now{fill:var(--now)}
.before{fill:var(--before)}
table{width:100%;border-collapse:collapse}
th,td{padding:.25rem .5rem .25rem 0;text-align:start;vertical-align:middle;font-weight:400}
thead th{color:var(--soft);font-size:.85rem;white-space:nowrap}
td{font-variant-numeric:tabular-nums}
.chart{width:40%}
@media (max-width:30rem){.chart{display:none}}
@media print{:root{--text:#000;--soft:#333;--page:#fff;--line:#999;--now:#2f6f4f;--before:#a9b8ae}main{max-width:none;padding:0}section{break-inside:avoid}rect{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`
  .trim()
  .replaceAll('\n', '');
