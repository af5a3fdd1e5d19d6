import type { SourcesConfig } from '../config/config.ts';
import { AllowList } from './address/allow-list.ts';
import { guardedLookup, type Resolve, systemResolve } from './address/guarded-lookup.ts';
import { Refusal } from './errors.ts';
import { fetchFile } from './file.ts';
import { Connections } from './http/exchange.ts';
import { type FetchDeps, fetchPage } from './http/fetch-page.ts';
import { Politeness } from './politeness.ts';
import type { SourceAnswer, SourceRequest, Sources } from './port.ts';
import { expandTemplate } from './templates.ts';

/** The sources of one process. Hosts are treated politely only within one of these, so there should be one. */
export function createSources(config: SourcesConfig, options: { resolve?: Resolve } = {}): Sources {
  const allow = new AllowList(config.allow);
  const politeness = new Politeness(config);
  const lookup = guardedLookup(allow, options.resolve ?? systemResolve);
  const connections = new Connections({ ...config, lookup });
  const deps: FetchDeps = { ...config, rules: { allow, ports: config.ports }, limits: config, connections, politeness };

  const answer = async (request: SourceRequest, signal: AbortSignal): Promise<SourceAnswer> => {
    const expanded = expandTemplate(request.url, config.templates);
    if (expanded !== null) return await fetchPage(deps, { ...request, url: expanded }, signal);
    if (/^file:/i.test(request.url)) return await fetchFile({ ...config, roots: config.fileRoots }, request, signal);
    return await fetchPage(deps, request, signal);
  };
  return {
    async fetch(request, signal) {
      signal.throwIfAborted();
      try {
        return await answer(request, signal);
      } catch (error) {
        if (error instanceof Refusal) return error.answer();
        throw error;
      }
    },
    async close() {
      politeness.close();
      connections.close();
    },
  };
}
