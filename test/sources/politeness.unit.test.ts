import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Politeness } from '../../src/sources/politeness.ts';
import { sitePage } from '../support/local-site.ts';
import { until } from '../support/until.ts';
import { never, visited } from './support.ts';

it('no more requests than the limit are at a host at once, and as many are', async () => {
  const { site, get } = await visited({ hostConcurrency: 3 });
  site.latencyMs = 30;
  const paths = Array.from({ length: 30 }, (_, at) => `/${at}`);
  for (const path of paths) site.set(path, { body: sitePage(path) });
  const answers = await Promise.all(paths.map((path) => get(path)));
  expect(answers.every((answer) => answer.kind === 'page')).toBe(true);
  expect(site.mostAtOnce).toBe(3);
});

it('starts are apart by the delay, as the site sees them', async () => {
  const { site, get } = await visited({ hostConcurrency: 5, hostDelayMs: 60 });
  const paths = Array.from({ length: 8 }, (_, at) => `/${at}`);
  for (const path of paths) site.set(path, { body: sitePage(path) });
  await Promise.all(paths.map((path) => get(path)));
  const [first, last] = [site.visits.at(0), site.visits.at(-1)];
  // Seven pauses; half of them would do here, since what the network adds differs from request to request.
  expect((last?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThan(7 * 60 * 0.5);
  expect(site.visits.map((visit) => visit.path)).toEqual(paths);
});

it('a failure gives its turn back', async () => {
  const { site, get } = await visited({ hostConcurrency: 1 });
  site.set('/reset', (request) => void request.socket.destroy());
  site.set('/page', { body: sitePage('a') });
  for (let at = 0; at < 3; at++) await expect(get('/reset')).rejects.toMatchObject({ name: 'ConnectionError' });
  expect(await get('/page')).toMatchObject({ kind: 'page' });
});

it('hosts do not wait for each other; who leaves the queue is not waited for', async () => {
  const politeness = new Politeness({ hostConcurrency: 1, hostDelayMs: 0 });
  const first = await politeness.turn('a', never);
  const other = await politeness.turn('b', never);
  const controller = new AbortController();
  const leaving = politeness.turn('a', controller.signal);
  const waiting = politeness.turn('a', never);
  controller.abort(new Error('left'));
  await expect(leaving).rejects.toThrow('left');
  first?.();
  // A turn ends once, however often that is said.
  first?.();
  const third = await waiting;
  expect(third).not.toBeNull();
  for (const end of [other, third]) end?.();
  politeness.close();
});

it('a fetch that has to wait for a host reports that, and sends no request', async () => {
  const politeness = new Politeness({ hostConcurrency: 1, hostDelayMs: 0 });
  const end = await politeness.turn('a', never);
  const waiting = [politeness.turn('a', never), politeness.turn('a', never)];
  politeness.leaveInPeace('a', 3_600_000);
  expect(await Promise.all(waiting)).toEqual([null, null]);
  expect(politeness.quietMs('a')).toBeGreaterThan(3_500_000);
  expect(politeness.quietMs('b')).toBe(0);
  end?.();
  politeness.close();
});

it('hosts are forgotten when there is nothing to remember', async () => {
  const politeness = new Politeness({ hostConcurrency: 2, hostDelayMs: 20 });
  for (let at = 0; at < 500; at++) (await politeness.turn(`host-${at}`, never))?.();
  await until('all hosts are forgotten', async () => {
    await sleep(1);
    return politeness.size === 0;
  });
});
