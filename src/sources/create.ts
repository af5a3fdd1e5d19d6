import type { SourcesConfig } from '../config/config.ts';
import { AllowList } from './address/allow-list.ts';
import { guardedLookup, type Resolve, systemResolve } from './address/guarded-lookup.ts';
import { type LookupLimits, NameLookups } from './address/name-lookups.ts';
import { Refusal } from './errors.ts';
import { fetchFile } from './file.ts';
import { Connections } from './http/exchange.ts';
import { fetchPage } from './http/fetch-page.ts';
import { Politeness } from './politeness.ts';
import type { SourceAnswer, SourceRequest, Sources } from './port.ts';
import { expandTemplate } from './templates.ts';

/** The sources of one process. Hosts are treated politely only within one of these, so there should be one. */
export function createSources(
  config: SourcesConfig,
  options: { resolve?: Resolve; lookups?: LookupLimits } = {},
): Sources {
  const allow = new AllowList(config.allow);
  const politeness = new Politeness(config);
  const names = new NameLookups(options.resolve ?? systemResolve, options.lookups);
  const lookup = guardedLookup(allow, names.resolve);
  const connections = new Connections({ ...config, lookup });
  const deps = { ...config, rules: { allow, ports: config.ports }, connections, politeness, names };

  const answer = async (request: SourceRequest, maxBytes: number, signal: AbortSignal): Promise<SourceAnswer> => {
    const expanded = expandTemplate(request.url, config.templates);
    const limited = { ...deps, limits: { ...config, maxBytes } };
    if (expanded !== null) return await fetchPage(limited, { ...request, url: expanded }, signal);
    const files = { ...config, maxBytes, roots: config.fileRoots };
    if (/^file:/i.test(request.url)) return await fetchFile(files, request, signal);
    return await fetchPage(limited, request, signal);
  };
  return {
    async fetch(request, signal) {
      signal.throwIfAborted();
      const maxBytes = Math.min(config.maxBytes, request.mostBytes ?? config.maxBytes);
      try {
        return await answer(request, maxBytes, signal);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return error.reason === 'too_large' && maxBytes < config.maxBytes ? { kind: 'large' } : error.answer();
      }
    },
    async close() {
      politeness.close();
      connections.close();
    },
  };
}
