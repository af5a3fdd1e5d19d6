import { z } from 'zod';
import type { TracesConfig } from './config.ts';

/** The section `traces`: where the spans of requests, runs and stores go. */

const endpoint = z.url({ protocol: /^https?$/ }).refine((text) => {
  const url = URL.parse(text);
  return url !== null && url.username === '' && url.password === '';
}, 'must carry no credentials: set OTEL_EXPORTER_OTLP_HEADERS');

export const tracesSchema = z.strictObject({ endpoint }).partial();

type Settings = z.infer<typeof tracesSchema>;
type Environment = Readonly<Record<string, string | undefined>>;

/** What OpenTelemetry says of its variables: an empty one is absent, and switches are not case-sensitive. */
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
    return { endpoint: null };
  }
  const chosen = off ? null : (given ?? settings.endpoint ?? null);
  const protocol = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || env.OTEL_EXPORTER_OTLP_PROTOCOL || 'http/json';
  if (chosen !== null && protocol !== 'http/json') {
    notices.push(`traces are sent as http/json, not as ${protocol}: the endpoint must be one of OTLP over HTTP`);
  }
  return { endpoint: chosen };
}

/** The general one is a base that every signal has its path under; that of traces is the whole address. */
function endpointOf(env: Environment): [name: string, endpoint: string | null] {
  const whole = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || null;
  if (whole !== null) return ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', whole];
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT || null;
  return ['OTEL_EXPORTER_OTLP_ENDPOINT', base === null ? null : `${base.replace(/\/+$/, '')}/v1/traces`];
}
