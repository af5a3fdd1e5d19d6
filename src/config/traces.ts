import { z } from 'zod';
import type { TracesConfig } from './config.ts';

/** The section `traces`: where the spans of requests, runs and stores go. */

const endpoint = z.url({ protocol: /^https?$/ }).refine((text) => {
  const url = URL.parse(text);
  return url !== null && url.username === '' && url.password === '';
}, 'must carry no credentials: set OTEL_EXPORTER_OTLP_HEADERS');

export const tracesSchema = z.strictObject({ endpoint }).partial();

/** OpenTelemetry's own is ten seconds, which a process whose collector is down would end later. */
const defaultTimeoutMs = 3_000;
const longestTimeoutMs = 60_000;

type Settings = z.infer<typeof tracesSchema>;
type Environment = Readonly<Record<string, string | undefined>>;

/** Rules of OpenTelemetry for its variables: an empty one is absent, and switches are not case-sensitive. */
export function toTraces(
  settings: Settings = {},
  env: Environment,
  problems: string[],
  notices: string[],
): TracesConfig {
  const off = env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER?.toLowerCase() === 'none';
  const [name, given] = endpointOf(env);
  if (given !== null && !endpoint.safeParse(given).success) {
    problems.push(`${name}: must be an http(s) URL without credentials; those go into OTEL_EXPORTER_OTLP_HEADERS`);
    return { endpoint: null, timeoutMs: defaultTimeoutMs };
  }
  const chosen = off ? null : (given ?? settings.endpoint ?? null);
  const protocol = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || env.OTEL_EXPORTER_OTLP_PROTOCOL || 'http/json';
  if (chosen !== null && protocol !== 'http/json') {
    notices.push(`traces are sent as http/json, not as ${protocol}: the endpoint must be one of OTLP over HTTP`);
  }
  return { endpoint: chosen, timeoutMs: timeoutOf(env, problems) };
}

function timeoutOf(env: Environment, problems: string[]): number {
  const text = env.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT || env.OTEL_EXPORTER_OTLP_TIMEOUT || String(defaultTimeoutMs);
  const timeoutMs = Number(text);
  if (timeoutMs > 0 && timeoutMs <= longestTimeoutMs) return timeoutMs;
  problems.push(`OTEL_EXPORTER_OTLP_TIMEOUT: must be a number of ms, above 0 and at most ${longestTimeoutMs}`);
  return defaultTimeoutMs;
}

/** The general one is a base that every signal has its path under; that of traces is the whole address. */
function endpointOf(env: Environment): [name: string, endpoint: string | null] {
  const whole = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || null;
  if (whole !== null) return ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', whole];
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT || null;
  return ['OTEL_EXPORTER_OTLP_ENDPOINT', base === null ? null : `${base.replace(/\/+$/, '')}/v1/traces`];
}
