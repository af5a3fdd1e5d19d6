/** No answer is taken to be fresh for longer. */
const longestMs = 365 * 24 * 3600 * 1000;

export interface FreshnessHeaders {
  readonly cacheControl: string | null;
  readonly age: string | null;
  readonly date: string | null;
  readonly expires: string | null;
}

/** Until when an answer says that it stays fresh (RFC 9111); `null` where it does not say, or says that it does not. */
export function freshUntil(headers: FreshnessHeaders, nowMs: number): Date | null {
  const directives = new Map(
    (headers.cacheControl ?? '').split(',').map((part) => {
      const [name = '', value = ''] = part.split('=');
      return [name.trim().toLowerCase(), value.trim().replace(/^"|"$/g, '')];
    }),
  );
  if (directives.has('no-store') || directives.has('no-cache')) return null;
  const lifetimeMs = maxAgeMs(directives.get('max-age'), headers.age) ?? untilExpiresMs(headers, nowMs);
  if (lifetimeMs === null || lifetimeMs <= 0) return null;
  return new Date(nowMs + Math.min(lifetimeMs, longestMs));
}

function maxAgeMs(maxAge: string | undefined, age: string | null): number | null {
  if (maxAge === undefined || !/^\d+$/.test(maxAge)) return null;
  const already = /^\d+$/.test(age ?? '') ? Number(age) : 0;
  return (Number(maxAge) - already) * 1000;
}

/** By the sender's own clock where it tells it: clocks differ. */
function untilExpiresMs({ expires, date }: FreshnessHeaders, nowMs: number): number | null {
  const at = Date.parse(expires ?? '');
  if (Number.isNaN(at)) return null;
  const sent = Date.parse(date ?? '');
  return at - (Number.isNaN(sent) ? nowMs : sent);
}
