import { Cron } from 'croner';

interface CronField {
  readonly title: string;
  readonly from: number;
  readonly to: number;
  /** Names of the values, the first for `from`. */
  readonly names: readonly string[];
}

const dayOfMonth: CronField = { title: 'day of month', from: 1, to: 31, names: [] };
const month: CronField = {
  title: 'month',
  from: 1,
  to: 12,
  names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
};
/** Days of each month in a leap year. */
const monthLengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The five fields of an expression, with the numbers and names that each takes. */
const fields: readonly CronField[] = [
  { title: 'minute', from: 0, to: 59, names: [] },
  { title: 'hour', from: 0, to: 23, names: [] },
  dayOfMonth,
  month,
  { title: 'day of week', from: 0, to: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];

const usual = 'must be five-field cron, such as "0 2 * * *"';

/** Extensions of other schedulers, and the expression that says the same here. */
const extensions: readonly (readonly [RegExp, string])[] = [
  [
    /#/,
    '"#" (the nth weekday) is not supported: for the first Monday write "1-7" as day of month and "MON" as day of week',
  ],
  [/\d?L/i, '"L" (the last day) is not supported: run on the first day of the next month ("1"), or on "28"'],
  [/\dW|LW/i, '"W" (the nearest weekday) is not supported: write "MON-FRI" as day of week'],
  [/\?/, '"?" is not supported: write "*"'],
];

/**
 * The reason why Temporal would not run this expression as it reads, or `null`. The grammar is the part of Temporal's that has
 * five fields: numbers, names of months and days, lists, ranges, and steps of a range or of `*`. Where day of month and
 * day of week are both given, both must match.
 */
export function whyNotCron(text: string): string | null {
  const parts = text.trim().split(/\s+/);
  if (/^@/.test(text.trim())) return `${usual}: "${parts[0]}" is not supported, write its five fields`;
  if (/^(?:CRON_)?TZ=/i.test(text.trim())) return `${usual}: leave out "${parts[0]}": times are in UTC`;
  if (/\s#/.test(text)) return `${usual}: leave out the comment`;
  if (/^\d{4}\b/.test(parts[5] ?? '')) return `${usual}: leave out the year field`;
  if (parts.length === 6 || parts.length === 7) return `${usual}: leave out the seconds field`;
  if (parts.length !== 5) return `${usual}, not ${parts.length === 1 ? 'one field' : `${parts.length} fields`}`;
  for (const [at, field] of fields.entries()) {
    const problem = problemOfField(field, parts[at] ?? '');
    if (problem !== null) return `${usual}: ${field.title}: ${problem}`;
  }
  return matchesSomeDate(parts[2] ?? '', parts[3] ?? '') ? null : `never runs: no date matches "${text}"`;
}

/** Each date that exists falls on every day of the week in some year, so that only day and month decide. */
function matchesSomeDate(days: string, months: string): boolean {
  return monthLengths.some((length, at) => {
    if (!includes(month, months, at + 1)) return false;
    return Array.from({ length }, (_, day) => day + 1).some((day) => includes(dayOfMonth, days, day));
  });
}

/** Whether a valid field has this value. */
function includes(field: CronField, text: string, value: number): boolean {
  return text.split(',').some((item) => {
    const [values = '', step = '1'] = item.split('/');
    const [first = '', last = first] = values === '*' ? [`${field.from}`, `${field.to}`] : values.split('-');
    const [from, to] = [numberOf(field, first) ?? field.from, numberOf(field, last) ?? field.to];
    return value >= from && value <= to && (value - from) % Number(step) === 0;
  });
}

/** The next times of a valid expression after a point in time, in UTC. */
export function nextCronTimes(text: string, after: Date, count: number): Date[] {
  return new Cron(text, { mode: '5-part', timezone: 'UTC', domAndDow: true, paused: true }).nextRuns(count, after);
}

function problemOfField(field: CronField, text: string): string | null {
  for (const item of text.split(',')) {
    const problem = problemOfItem(field, item);
    if (problem !== null) return problem;
  }
  return null;
}

function problemOfItem(field: CronField, item: string): string | null {
  const [range = '', step, more] = item.split('/');
  const extension = extensions.find(([pattern]) => pattern.test(withoutNames(field, item)));
  if (extension !== undefined) return extension[1];
  if (more !== undefined || (step !== undefined && !isStep(step))) return `"${item}" has no valid step`;
  if (range === '*') return null;
  const [first = '', last, another] = range.split('-');
  const [from, to] = [numberOf(field, first), numberOf(field, last ?? first)];
  if (from === null || to === null || another !== undefined) {
    return `"${item}" is not a value from ${field.from} to ${field.to}`;
  }
  if (from > to) return `"${item}" ends before it begins: write two ranges, with a comma between them`;
  if (step !== undefined && last === undefined)
    return `"${item}" has a step without an end: write "${first}-${field.to}/${step}"`;
  return null;
}

function isStep(text: string): boolean {
  return /^\d{1,2}$/.test(text) && Number(text) > 0;
}

function numberOf(field: CronField, text: string): number | null {
  const named = field.names.indexOf(text.toLowerCase());
  if (named >= 0) return named + field.from;
  if (!/^\d{1,2}$/.test(text)) return null;
  const value = Number(text);
  return value >= field.from && value <= field.to ? value : null;
}

/** "JUL" and "WED" hold letters that mean something elsewhere. */
function withoutNames(field: CronField, item: string): string {
  return item
    .split(/[-/]/)
    .filter((part) => !field.names.some((name) => name === part.toLowerCase()))
    .join('-');
}
