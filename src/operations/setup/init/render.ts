import { stringify } from 'yaml';
import type { Candidate, Findings, FoundCollection, SettingLine } from './findings.ts';
import type { LiveTable } from './live-tables.ts';
import { displayTable } from './names.ts';

/** `coppice.yaml` as text, with a comment for each thing a person has to decide. No value of the database is in it. */
export function render(findings: Findings): string {
  const { collections, candidates, leftAlone, notMappable } = findings;
  return [
    ...head,
    ...(collections.length > 0 ? [] : candidates.length > 0 ? unknown : example),
    // Without one collection the key itself is a comment: an empty one is no valid configuration.
    collections.length === 0 ? '# collections:' : 'collections:',
    ...collections.flatMap(collection),
    ...candidates.flatMap((one) => candidate(one)),
    ...remarks('Left alone:', leftAlone),
    ...remarks('Not mappable as they are:', notMappable),
    ...tail,
    '',
  ].join('\n');
}

const head = [
  '# Written by `coppice init` from what it found in the database; check it. The address of the database is not in here:',
  '# it comes from DATABASE_URL. Next: `coppice doctor` compares this with the live tables, and',
  '# `coppice preview ttl-cleanup` shows what would go, and why, and removes nothing.',
  '# Mappings: docs/mapping.md. All settings: docs/configuration.md.',
  '',
];

const unknown = ['# No table of a known kind was found. Of those below, uncomment what is meant, and this line:'];

const example = [
  '# No table of a known kind was found. Fill in a mapping and take the # away, for example:',
  '# collections:',
  '#   documents:',
  '#     table: public.kb_articles',
  '#     id: article_id          # a unique column',
  '#     workspace: tenant       # whose a row is',
  '#     expires_at: valid_until # a row is due when this has passed',
  '',
];

const tail = [
  '',
  '# Schedules on mapped tables are created paused: resume them when a preview has shown you what you expect, with',
  '# `coppice schedules resume ttl-cleanup`. Or have them created running:',
  '# jobs:',
  '#   ttl-cleanup:',
  '#     enabled: true',
];

function collection(found: FoundCollection): string[] {
  const about = `  # ${displayTable(found.table)}${rows(found.table)}: ${found.about}.`;
  const unread = found.table.readable ? [] : ['  # This role may not read its rows: SELECT is missing.'];
  const name = found.lines.length === 0 ? `  ${found.name}: {}` : `  ${found.name}:`;
  return ['', about, ...unread, name, ...found.lines.flatMap(settingLine)];
}

function rows(table: LiveTable): string {
  return table.rowsEstimate === null ? '' : `, about ${table.rowsEstimate} rows`;
}

function settingLine({ key, value, comments, off }: SettingLine): string[] {
  const text = stringify({ [key]: value }, { collectionStyle: 'flow', lineWidth: 0 }).trim();
  // The library puts the outermost map in braces too.
  const plain = text.replace(/^\{ (.*) \}$/s, '$1');
  return [...comments.map((comment) => `    # ${comment}`), `    ${off === true ? '# ' : ''}${plain}`];
}

function candidate({ name, table, by, lines }: Candidate): string[] {
  const body = [`${name}:`, ...lines.flatMap(settingLine).map((line) => line.slice(2))];
  return [
    '',
    `  # Perhaps: ${displayTable(table)}${rows(table)}; its rows might expire by ${by}. Uncomment it if that is meant.`,
    ...body.map((line) => `  # ${line}`),
  ];
}

function remarks(title: string, found: Findings['leftAlone']): string[] {
  if (found.length === 0) return [];
  return ['', `# ${title}`, ...found.map(({ table, why }) => `#   ${displayTable(table)}: ${why}`)];
}
