import type { Run, Schedule } from './api/queries.ts';

/** Sentences and numbers for people. */

const numbers = new Intl.NumberFormat('en');
const verbs: Readonly<Record<string, string>> = {
  deleted: 'removed',
  restored: 'put back',
  refreshed: 'refreshed',
  decayed: 'lowered in score',
  merged: 'merged',
  moved: 'moved',
  joined: 'joined',
  archived: 'archived',
  maintained: 'changed',
  removed: 'removed',
  added: 'added',
  extracted: 'extracted',
  reverted: 'taken back',
  unmerged: 'unmerged',
  cleaned: 'cleaned',
  recomputed: 'recomputed',
};

export function count(value: number): string {
  return numbers.format(value);
}

/** A count that the server stops at ten thousand. */
export function capped(value: number): string {
  return value >= 10_000 ? '10,000+' : count(value);
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `deleted_documents` as what is counted and what happened to it. */
export function totalWords(name: string): { readonly noun: string; readonly verb: string } {
  const [first = '', ...rest] = name.split('_');
  const verb = verbs[first];
  if (verb !== undefined && rest.length > 0) return { noun: rest.join(' '), verb };
  return { noun: name.replaceAll('_', ' '), verb: '' };
}

export function totalSentence(name: string, value: number): string {
  const { noun, verb } = totalWords(name);
  const counted = value === 1 ? noun.replace(/ies$/, 'y').replace(/s$/, '') : noun;
  return [count(value), counted, verb].filter((word) => word !== '').join(' ');
}

/** Run ids begin with their time: their ends tell runs apart. */
export function shortId(id: string): string {
  return id.slice(-8);
}

/** Totals that repeat another one, or that count what was looked at and not what changed. */
const minor =
  /attributes_before|attributes_after|^moved_|^joined_|vectors|refused|unchanged|looks|skipped|no_longer_due/;

/** Totals that measure the data and count no work. */
const measures = /^attributes_(?:before|after)$/;

export function isMinor(total: string): boolean {
  return minor.test(total);
}

/** The most telling first: what changed before what repeats it, and large numbers before small ones. */
export function ordered<T extends readonly [string, number]>(totals: readonly T[]): T[] {
  const rank = (name: string) => (isMinor(name) ? 1 : 0);
  return totals.toSorted(([a, m], [b, n]) => rank(a) - rank(b) || Math.abs(n) - Math.abs(m));
}

/** Work of a run, the most telling count first. A run that did nothing says so. */
export function didWords({ totals, status }: Pick<Run, 'totals' | 'status'>, most = 3): string {
  const some = Object.entries(totals).filter(([name, value]) => value !== 0 && !measures.test(name));
  if (some.length > 0) {
    const shown = ordered(some).slice(0, most);
    return shown.map(([name, value]) => totalSentence(name, value)).join(', ');
  }
  return status === 'success' ? 'nothing to do' : '';
}

export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 1) return `${Math.round(ms)} ms`;
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = seconds / 60;
  if (minutes < 90) return `${Math.round(minutes)} min`;
  const hours = minutes / 60;
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} days`;
}

/** How far a time is from now, such as `in 3 h`, `just now` or `5 min ago`. */
export function relative(at: string, nowMs: number): string {
  const ms = new Date(at).getTime() - nowMs;
  if (Math.abs(ms) < 10_000) return ms > 0 ? 'now' : 'just now';
  return ms > 0 ? `in ${duration(ms)}` : `${duration(-ms)} ago`;
}

export function percent(share: number): string {
  if (share > 0 && share < 0.001) return '< 0.1 %';
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

export function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** A message of the server as a sentence of the page: names at its beginning stay as they are. */
export function sentence(message: string): string {
  const begun = message.replace(/^[a-z]+(?= )/, capital);
  return begun === '' || /[.!?…:]$/.test(begun) ? begun : `${begun}.`;
}

const days = ['Sundays', 'Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays'];

/** A schedule in words where its times are simple, else as it is written. */
export function scheduleWords(schedule: {
  readonly cron?: string;
  readonly every_seconds?: number;
  readonly once?: string;
}): string {
  const { cron, every_seconds: every, once } = schedule;
  if (every !== undefined) return `every ${duration(every * 1000)}`;
  if (once !== undefined) return `once, ${new Date(once).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  if (cron === undefined) return 'by hand';
  const [minute = '', hour = '', day, month, weekday = ''] = cron.split(' ');
  if (!/^\d+$/.test(minute) || month !== '*') return `cron ${cron}`;
  const at = (value: string) => `${value.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (day !== '*') {
    const isSimple = /^\d+$/.test(`${day}${hour}`) && weekday === '*';
    return isSimple ? `monthly on day ${day} at ${at(hour)} UTC` : `cron ${cron}`;
  }
  if (hour === '*') return `every hour at :${minute.padStart(2, '0')}`;
  if (!/^\d+$/.test(hour)) return `cron ${cron}`;
  if (weekday === '*') return `daily at ${at(hour)} UTC`;
  return /^[0-6]$/.test(weekday) ? `${days[Number(weekday)]} at ${at(hour)} UTC` : `cron ${cron}`;
}

export const statusWords: Readonly<Record<Run['status'], string>> = {
  pending: 'waiting',
  running: 'running',
  success: 'succeeded',
  partial: 'partial',
  failed: 'failed',
  held: 'held',
  skipped: 'skipped',
  rejected: 'rejected',
  cancelled: 'cancelled',
  preview: 'preview',
};

export const kindWords: Readonly<Record<Run['kind'], string>> = {
  sweep: 'run',
  preview: 'preview',
  undo: 'undo',
  task: 'task',
};

export function isOpen({ status }: Pick<Run, 'status'>): boolean {
  return status === 'pending' || status === 'running';
}

export function nextOf(schedules: readonly Schedule[]): string | null {
  const times = schedules.flatMap(({ paused, next_run: next }) => (paused || next === null ? [] : [next]));
  return times.toSorted()[0] ?? null;
}
