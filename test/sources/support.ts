import { onTestFinished } from 'vitest';
import type { SourcesConfig } from '../../src/config/config.ts';
import { toSources } from '../../src/config/sources.ts';
import type { Resolve } from '../../src/sources/address/guarded-lookup.ts';
import type { LookupLimits } from '../../src/sources/address/name-lookups.ts';
import { createSources } from '../../src/sources/create.ts';
import type { SourceAnswer, SourceRequest, Sources } from '../../src/sources/port.ts';
import { type LocalSite, startLocalSite } from '../support/local-site.ts';

export const never = new AbortController().signal;

/** A site for one test, and sources that may visit it and nothing else on this machine. */
export async function visited(
  settings: Partial<SourcesConfig> = {},
  options: { resolve?: Resolve; lookups?: LookupLimits } = {},
): Promise<{
  site: LocalSite;
  sources: Sources;
  get(path: string, more?: Partial<SourceRequest>): Promise<SourceAnswer>;
}> {
  const site = await startLocalSite();
  const sources = createSources(
    { ...toSources(), hostDelayMs: 0, allow: ['127.0.0.1'], ports: [80, 443, site.port], ...settings },
    options,
  );
  onTestFinished(async () => {
    await sources.close();
    await site.stop();
  });
  const get = (path: string, more: Partial<SourceRequest> = {}) =>
    sources.fetch({ url: `${site.url}${path}`, etag: null, lastModified: null, ...more }, never);
  return { site, sources, get };
}
