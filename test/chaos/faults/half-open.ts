import type { Fault } from '../fault.ts';
import { type SwallowingProxy, startProxy } from '../harness/proxy.ts';
import type { Scene } from '../harness/scene.ts';

const proxies = new WeakMap<Scene, SwallowingProxy>();

export const halfOpenPostgres: Fault = {
  name: 'half-open-postgres',
  title: 'connections to PostgreSQL that swallow everything and never close',
  prepare: (scene) => throughProxy(scene, 'DATABASE_URL', scene.world.installation.databaseUrl),
  disturb: swallow,
  settle: close,
};

export const halfOpenWeaviate: Fault = {
  name: 'half-open-weaviate',
  title: 'connections to Weaviate that swallow everything and never close',
  stores: ['weaviate'],
  prepare: (scene) => throughProxy(scene, 'WEAVIATE_URL', scene.world.servers.weaviate?.url ?? ''),
  disturb: swallow,
  settle: close,
};

/** Only this worker is at work: the others would simply go on. */
async function throughProxy(scene: Scene, variable: string, target: string): Promise<void> {
  const proxy = await startProxy(target);
  proxies.set(scene, proxy);
  const url = new URL(target);
  url.port = String(proxy.port);
  await scene.world.crew.dismiss('all');
  await scene.world.crew.start({ env: { [variable]: url.href } });
}

async function swallow(scene: Scene): Promise<void> {
  const proxy = proxies.get(scene);
  if (proxy === undefined) return;
  for (const share of scene.shares(2)) {
    if (!(await scene.reached(share))) return;
    // Sometimes new connections go nowhere either, for a while.
    const lasts = scene.random() < 0.5;
    proxy.swallowNew(lasts);
    scene.injected += proxy.swallow();
    if (lasts) await scene.pause(500, 5000);
    proxy.swallowNew(false);
  }
}

async function close(scene: Scene): Promise<void> {
  await scene.world.crew.dismiss('odd');
  await proxies.get(scene)?.close();
}
