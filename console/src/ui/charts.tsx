import { count } from '../words.ts';

interface Bar {
  readonly label: string;
  readonly value: number;
}

const gap = 1;
const barWidth = 7;
const height = 28;

/** Bars of a fortnight or a month. The numbers are in its name, so that they can be read without seeing the bars. */
export function Bars({ bars, name }: { readonly bars: readonly Bar[]; readonly name: string }) {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const width = bars.length * (barWidth + gap);
  const said = bars.filter(({ value }) => value !== 0).map(({ label, value }) => `${label}: ${count(value)}`);
  return (
    <svg
      className="bars"
      role="img"
      aria-label={`${name}. ${said.join(', ')}`}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
    >
      {bars.map(({ label, value }, at) => {
        const size = value === 0 ? 1 : Math.max(2, (value / most) * height);
        const place = { x: at * (barWidth + gap), y: height - size, width: barWidth, height: size };
        return (
          <rect key={label} data-empty={value === 0} {...place} rx="1">
            <title>{`${label}: ${count(value)}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}

const dayMs = 86_400_000;

/** The last days up to today (UTC), as `YYYY-MM-DD`, so that a day without a number is a gap. */
export function lastDays(days: number, nowMs = Date.now()): string[] {
  return Array.from({ length: days }, (_, at) => new Date(nowMs - (days - 1 - at) * dayMs).toISOString().slice(0, 10));
}

interface Part {
  readonly name: string;
  readonly value: number;
}

/** Parts of a whole as one bar, such as the partitions of a run by state. */
export function Meter({ parts, label }: { readonly parts: readonly Part[]; readonly label: string }) {
  const shown = parts.filter(({ value }) => value > 0);
  const whole = shown.reduce((sum, { value }) => sum + value, 0);
  if (whole === 0) return null;
  const said = shown.map(({ name, value }) => `${count(value)} ${name}`).join(', ');
  return (
    <div className="meter" role="img" aria-label={`${label}: ${said}`}>
      {shown.map(({ name, value }) => (
        <span key={name} data-part={name} style={{ flexGrow: value / whole }} title={`${name}: ${count(value)}`} />
      ))}
    </div>
  );
}
