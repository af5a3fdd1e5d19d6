import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { SourcesConfig } from './config.ts';

/** The section `sources`: how documents are fetched again. */

const mebibyte = 1024 ** 2;
const defaults = { hostDelayMs: 500, maxBytes: 10 * mebibyte, maxRedirects: 5, userAgent: 'Coppice/0.1' };
const seconds = z.number().min(0.1).max(3600);

export const sourcesSchema = z
  .strictObject({
    host_concurrency: z.int().min(1).max(64),
    host_delay_ms: z.int().min(0).max(600_000),
    headers_timeout_seconds: seconds,
    idle_timeout_seconds: seconds,
    total_timeout_seconds: seconds,
    max_bytes: z
      .int()
      .min(1024)
      .max(256 * mebibyte),
    max_redirects: z.int().min(0).max(20),
    allow: z.array(z.string().refine(isHostOrRange, 'must be a host name, an IP address or a CIDR range')),
    ports: z.array(z.int().min(1).max(65_535)).min(1),
    file_roots: z.array(z.string().min(1)),
    templates: z.record(
      z
        .string()
        .regex(
          /^(?!https?$|file$|ftp$|data$)[a-z][a-z0-9.+-]*$/,
          'must be a scheme of its own: lower-case letters, digits',
        ),
      z.string().refine(isTemplate, 'must be an http or https URL with {id} in its path or query, and no user name'),
    ),
    user_agent: z.string().regex(/^[\x20-\x7e]+$/, 'must be printable ASCII'),
  })
  .partial();

export function toSources(settings: z.infer<typeof sourcesSchema> = {}): SourcesConfig {
  return {
    hostConcurrency: settings.host_concurrency ?? 2,
    hostDelayMs: settings.host_delay_ms ?? defaults.hostDelayMs,
    headersTimeoutMs: (settings.headers_timeout_seconds ?? 15) * 1000,
    idleTimeoutMs: (settings.idle_timeout_seconds ?? 10) * 1000,
    totalTimeoutMs: (settings.total_timeout_seconds ?? 60) * 1000,
    maxBytes: settings.max_bytes ?? defaults.maxBytes,
    maxRedirects: settings.max_redirects ?? defaults.maxRedirects,
    allow: settings.allow ?? [],
    ports: settings.ports ?? [80, 443],
    fileRoots: (settings.file_roots ?? []).map((root) => resolve(root)),
    templates: settings.templates ?? {},
    userAgent: settings.user_agent ?? defaults.userAgent,
  };
}

/** As `coppice config show` prints it: by the names one writes. */
export function showSources(sources: SourcesConfig): object {
  return {
    host_concurrency: sources.hostConcurrency,
    host_delay_ms: sources.hostDelayMs,
    headers_timeout_seconds: sources.headersTimeoutMs / 1000,
    idle_timeout_seconds: sources.idleTimeoutMs / 1000,
    total_timeout_seconds: sources.totalTimeoutMs / 1000,
    max_bytes: sources.maxBytes,
    max_redirects: sources.maxRedirects,
    allow: sources.allow,
    ports: sources.ports,
    file_roots: sources.fileRoots,
    // A template's query is where people put keys.
    templates: Object.fromEntries(Object.entries(sources.templates).map(([name, url]) => [name, withoutValues(url)])),
    user_agent: sources.userAgent,
  };
}

/** The values of the query are hidden, but for the place of the id. */
function withoutValues(template: string): string {
  return template.replace(/([?&][^=&#]*=)(?!\{id\}(?:[&#]|$))[^&#]+/g, '$1***');
}

function isHostOrRange(text: string): boolean {
  const [address = '', bits, more] = text.split('/');
  if (more !== undefined) return false;
  const family = isIP(address);
  if (bits !== undefined) return family !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
  return family !== 0 || /^[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*$/i.test(text);
}

function isTemplate(text: string): boolean {
  // The host must not depend on the id, and what the URL parser makes of the braces must still be there to replace.
  const origin = URL.parse(text.replaceAll('{id}', 'a'))?.origin;
  const url = URL.parse(text.replaceAll('{id}', 'b'));
  if (url === null || url.origin !== origin || !text.includes('{id}')) return false;
  return /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && !/#.*\{id\}/.test(text);
}
