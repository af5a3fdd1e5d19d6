import type { CheckFinding } from './findings.ts';

/** The count of a finding with its error and its share. */
export function amount({ count, of, error }: CheckFinding): string {
  const share = of > 0 && count < of ? ` (${percent(count / of)})` : '';
  const number = count.toLocaleString('en');
  return error === 0 ? `${number}${share}` : `about ${number} ± ${error.toLocaleString('en')}${share}`;
}

/** How long rows have been expired, without the ages that none has reached. */
export function agesText(ages: NonNullable<CheckFinding['by_age']>): string {
  const reached = ages.filter(({ days, count }) => days > 0 && count > 0);
  if (reached.length === 0) return 'all of them for less than a day';
  return reached
    .map(({ days, count }) => `${count.toLocaleString('en')} for ${days} ${days === 1 ? 'day' : 'days'} or longer`)
    .join(', ');
}

export function sizeText({ rows, bytes }: { readonly rows: number; readonly bytes: number | null }): string {
  return `${rows.toLocaleString('en')} rows${bytes === null ? '' : `, ${bytesText(bytes)}`}`;
}

export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

function percent(share: number): string {
  const value = share * 100;
  return `${value < 0.1 ? 'less than 0.1' : value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}
