import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { cacheDir } from '../../src/local/cache-dir.ts';
import { cachedFolder } from '../../src/local/cached-folder.ts';
import { runTool } from '../../src/local/run-tool.ts';

const VERSION = 'v0.85.0';
const MODULE = `github.com/prometheus-operator/prometheus-operator@${VERSION}`;
const FILE = 'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml';
const DOWNLOAD_TIMEOUT_MS = 10 * 60_000;

const definition = z.object({
  spec: z.object({
    versions: z.array(z.object({ schema: z.object({ openAPIV3Schema: z.record(z.string(), z.unknown()) }) })).min(1),
  }),
});

/** The JSON schema of a ServiceMonitor, from the Go module of the Prometheus operator. */
export async function serviceMonitorSchema(log: (line: string) => void): Promise<Record<string, unknown>> {
  const folder = join(cacheDir(process.env), `service-monitor-${VERSION}`);
  if (!existsSync(folder)) log(`Fetching the Prometheus operator ${VERSION} from the Go module proxy, once`);
  await cachedFolder(folder, async (temporary) => {
    const answer = await runTool('go', ['mod', 'download', '-json', MODULE], {
      timeoutMs: DOWNLOAD_TIMEOUT_MS,
      cwd: '/',
    });
    const { Dir } = z.object({ Dir: z.string() }).parse(JSON.parse(answer));
    copyFileSync(join(Dir, FILE), join(temporary, 'crd.yaml'));
  });
  const [version] = definition.parse(parse(readFileSync(join(folder, 'crd.yaml'), 'utf8'))).spec.versions;
  return version?.schema.openAPIV3Schema ?? {};
}
