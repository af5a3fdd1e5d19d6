import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { shutdownGraceMs } from '../../src/worker-grace.ts';
import { helmBinary } from '../../tools/chart/helm.ts';
import { serviceMonitorSchema } from '../../tools/chart/service-monitor-schema.ts';
import { pythonEnvironment } from '../../tools/servers/python-env.ts';
import { parsed } from '../docs/parsed-command.ts';
import { runPython } from '../support/python.ts';
import { type KubernetesObject, kubernetesVersion, lint, render, withoutUnknownFields } from './rendering.ts';

/** Everything that can be switched on, with a value for each list and map. */
const everything = {
  image: { repository: 'registry.example.com/coppice', tag: '1.2.3', pullPolicy: 'Always' },
  imagePullSecrets: [{ name: 'registry' }],
  config: { installation: 'p', collections: { notes: { table: 'app.notes', max_age_days: 30 } } },
  temporal: { existingSecret: 'temporal', tlsSecret: 'temporal-tls', privateAuthority: true },
  env: [{ name: 'COPPICE_LOG_LEVEL', value: 'debug' }],
  envFrom: [{ secretRef: { name: 'stores' } }],
  certificatesSecret: 'certificates',
  worker: {
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ key: 'k', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
  },
  api: { replicas: 3, service: { type: 'LoadBalancer', annotations: { a: 'b' } }, nodeSelector: { disk: 'ssd' } },
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
  networkPolicy: { egress: [{ ports: [{ port: 5432, protocol: 'TCP' }] }] },
  podAnnotations: { team: 'ai' },
  podLabels: { tier: 'background' },
};
/** The former version keeps polling, with a configuration of its own. */
const versions = {
  image: { tag: '0.2.0' },
  worker: {
    deployment: 'knowledge',
    previous: [
      { tag: '0.1.1', replicas: 1, config: { installation: 'production' } },
      { tag: '0.1.0', replicas: 2 },
    ],
  },
};
const least = {
  api: { enabled: false },
  migration: { enabled: false },
  podDisruptionBudget: { enabled: false },
  networkPolicy: { enabled: false },
};

const log = (line: string) => process.stderr.write(`${line}\n`);
const tools = await prepare();

if (typeof tools === 'string') {
  test.skipIf(process.env.COPPICE_REQUIRE !== 'all')(`the Helm chart: SKIPPED, ${tools}`, () => {
    throw new Error(`the tools of the Helm chart are required (COPPICE_REQUIRE=all): ${tools}`);
  });
} else {
  const { helm, python, monitors } = tools;

  describe.each([
    ['its defaults', {}],
    ['everything', everything],
    ['the least', least],
    ['versions side by side', versions],
  ])('the Helm chart with %s', (_name, values) => {
    let objects: KubernetesObject[];

    beforeAll(async () => {
      objects = await render(helm, values);
    });
    const ofKind = (...kinds: string[]) => objects.filter(({ kind }) => kinds.includes(kind));

    it('passes the linter of Helm', async () => {
      expect(await lint(helm, values)).toBeNull();
    });

    it('makes objects that Kubernetes and the Prometheus operator know, field by field', async () => {
      const known = objects.filter(({ kind }) => kind !== 'ServiceMonitor');
      expect(known.length).toBeGreaterThan(3);
      const input = { objects: known, version: kubernetesVersion };
      expect(await runPython(python, 'validate_objects.py', input, {})).toEqual([]);
      for (const one of ofKind('ServiceMonitor')) expect(monitors(one), JSON.stringify(monitors.errors)).toBe(true);
    });

    it('runs every container without privileges, on a file system that it cannot write to', () => {
      const pods = ofKind('Deployment', 'Job').map(({ spec }) => spec.template.spec);
      expect(pods.length).toBeGreaterThan(0);
      for (const pod of pods) {
        expect(pod).toMatchObject({
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        });
        for (const { securityContext, resources } of pod.containers) {
          expect(securityContext).toEqual({
            ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
          });
          expect(resources.limits.memory).toBeDefined();
        }
      }
    });

    it('gives a worker more time to stop than it needs', () => {
      const workers = ofKind('Deployment').filter(({ metadata }) => metadata.name.includes('-worker'));
      expect(workers.length).toBeGreaterThan(0);
      for (const { spec } of workers) {
        const { terminationGracePeriodSeconds } = spec.template.spec;
        expect(terminationGracePeriodSeconds * 1_000).toBeGreaterThan(shutdownGraceMs + 10_000);
      }
    });

    it('runs commands that exist, and restarts no worker because its surroundings fail', async () => {
      for (const { spec } of ofKind('Deployment', 'Job')) {
        const [{ name, command, startupProbe, readinessProbe, livenessProbe }] = spec.template.spec.containers;
        const probes = [startupProbe, readinessProbe].flatMap((probe) => probe?.exec?.command ?? []);
        for (const [program, ...args] of [command, ...(probes.length === 0 ? [] : [probes.slice(0, 2)])]) {
          expect(program).toBe('coppice');
          await parsed(args);
        }
        if (name === 'worker') expect(livenessProbe).toBeUndefined();
      }
    });

    it('selects with services, budgets, policies and monitors pods that it makes', () => {
      const labels = ofKind('Deployment').map(({ spec }) => spec.template.metadata.labels);
      const selectors = [
        ...ofKind('Service').map(({ spec }) => spec.selector),
        ...ofKind('PodDisruptionBudget').map(({ spec }) => spec.selector.matchLabels),
        ...ofKind('NetworkPolicy').map(({ spec }) => spec.podSelector.matchLabels),
      ];
      for (const selector of selectors) expect(labels).toContainEqual(expect.objectContaining(selector));
      const services = ofKind('Service').map(({ metadata }) => metadata.labels);
      for (const { spec } of ofKind('ServiceMonitor')) {
        expect(services).toContainEqual(expect.objectContaining(spec.selector.matchLabels));
      }
    });

    it('carries a configuration that Coppice reads, for the migration too', () => {
      const folder = mkdtempSync(join(tmpdir(), 'coppice-chart-'));
      for (const { data } of ofKind('ConfigMap')) {
        const file = join(folder, 'coppice.yaml');
        writeFileSync(file, data['coppice.yaml']);
        expect(loadConfig({}, { config: file }).installation).not.toBeNull();
      }
      rmSync(folder, { recursive: true });
    });
  });

  it('keeps a former version in a Deployment that an upgrade finds again', async () => {
    const workersOf = async (values: object) =>
      (await render(helm, values))
        .filter(({ kind, metadata }) => kind === 'Deployment' && metadata.name.includes('-worker'))
        .map(({ metadata: { name }, spec: { replicas, selector, template } }) => {
          const [{ image, env }] = template.spec.containers;
          const deployment = env.find((one: { name: string }) => one.name === 'COPPICE_DEPLOYMENT_NAME')?.value;
          const [{ configMap }] = template.spec.volumes;
          return { name, replicas, selector: selector.matchLabels, image, deployment, configMap: configMap.name };
        });
    const first = { image: { tag: '0.1.0' }, worker: { replicas: 3, deployment: 'knowledge' } };
    const [before] = await workersOf(first);
    const after = await workersOf(versions);
    expect(after).toMatchObject([
      { name: 'knowledge-coppice-worker-0-2-0', image: 'coppice:0.2.0', deployment: 'knowledge' },
      { name: 'knowledge-coppice-worker-0-1-1', configMap: 'knowledge-coppice-0-1-1', replicas: 1 },
      { ...before, replicas: 2 },
    ]);
    expect(new Set(after.map(({ selector }) => JSON.stringify(selector))).size).toBe(3);
    const [unversioned] = await workersOf({});
    expect(unversioned).toMatchObject({ name: 'knowledge-coppice-worker', deployment: undefined });
    expect(Object.keys(unversioned?.selector ?? {})).not.toContain('coppice/version');
  });

  it.each([
    ['an unknown value', { wroker: { replicas: 1 } }, 'wroker'],
    [
      'a grace time below what a worker needs',
      { worker: { terminationGracePeriodSeconds: 30 } },
      'terminationGracePeriodSeconds',
    ],
    ['a former version without a deployment', { worker: { previous: [{ tag: '0.1.0', replicas: 1 }] } }, 'deployment'],
    ['an address of Temporal without a port', { temporal: { address: 'temporal' } }, 'address'],
  ])('the schema of the values refuses %s', async (_name, values, where) => {
    expect(await lint(helm, values)).toContain(where);
  });
}

test('chart and package have one version', () => {
  const root = join(import.meta.dirname, '../..');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const chart = parse(readFileSync(join(root, 'chart/Chart.yaml'), 'utf8'));
  expect([chart.version, chart.appVersion]).toEqual([version, version]);
});

async function prepare() {
  try {
    const [helm, schema, python] = await Promise.all([
      helmBinary(log),
      serviceMonitorSchema(log),
      pythonEnvironment(log, 'chart-requirements.txt'),
    ]);
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const fields = { apiVersion: true, kind: true, metadata: true };
    const closed = withoutUnknownFields({ ...schema, properties: { ...fields, ...Object(schema.properties) } });
    return { helm, python, monitors: ajv.compile(Object(closed)) };
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
  }
}
