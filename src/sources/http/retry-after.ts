/** Nobody is waited for longer, whatever was asked for. */
const longestMs = 24 * 3600 * 1000;

/** Returns the delay of a Retry-After header, in seconds or as a date; `null` where it cannot be read. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, longestMs);
  const at = /[A-Za-z]/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.min(Math.max(0, at - nowMs), longestMs);
}
