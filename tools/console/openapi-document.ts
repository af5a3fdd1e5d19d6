import { pino } from 'pino';
import { createApi } from '../../src/api/server.ts';
import { assemble } from '../../src/assemble.ts';
import { loadConfig } from '../../src/config/load.ts';

/** The OpenAPI document as the server serves it. It needs neither database nor Temporal: nothing listens, nothing is asked. */
export async function openApiDocument(): Promise<Readonly<Record<string, unknown>>> {
  const parts = await assemble(loadConfig({}), 'postgres://127.0.0.1:1/none', 'docs');
  const client = () => Promise.reject(new Error('there is no Temporal server'));
  const context = { parts, namespace: 'default', requestedBy: 'docs', client };
  const app = await createApi({ context, settings: parts.config.api, log: pino({ level: 'silent' }) });
  try {
    return JSON.parse((await app.inject({ method: 'GET', url: '/openapi.json' })).body);
  } finally {
    await app.close();
    await parts.close();
  }
}
