import { expect, it } from 'vitest';
import { Places } from '../../src/api/places.ts';
import { addressOf } from '../../src/api/rate-limits.ts';
import { WindowCounter } from '../../src/api/window-counter.ts';

it('a place is taken at once and left once', () => {
  const places = new Places(2);
  const leave = [places.enter(), places.enter()];
  expect(places.enter()).toBeNull();
  leave[0]?.();
  leave[0]?.();
  expect(places.enter()).not.toBeNull();
  expect(places.enter()).toBeNull();
});

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '20010db800010002::/64'],
  ['2001:db8:1:2::ffff', '20010db800010002::/64'],
  ['2001:db8:1:3::1', '20010db800010003::/64'],
  ['no address', 'no address'],
])('the client at %s counts as %s', (ip, counted) => {
  expect(addressOf({ ip })).toBe(counted);
});

it('counts by key, takes back, and remembers only so many keys', () => {
  const counter = new WindowCounter(60_000);
  expect([counter.add('a'), counter.add('a'), counter.add('b')]).toEqual([1, 2, 1]);
  counter.takeBack('a');
  expect(counter.add('a')).toBe(2);
  expect(counter.restMs('a')).toBeGreaterThan(0);
  for (let at = 0; at < 10_000; at += 1) counter.add(`other ${at}`);
  expect(counter.restMs('a')).toBe(0);
  expect(counter.add('other 9999')).toBe(2);
});

it('begins anew once the window is over', () => {
  const counter = new WindowCounter(0);
  expect([counter.add('a'), counter.add('a')]).toEqual([1, 1]);
});
