import { expect, it } from 'vitest';
import { Refusal } from '../../src/sources/errors.ts';
import { expandTemplate } from '../../src/sources/templates.ts';
import { never, visited } from './support.ts';

const templates = {
  context7: 'https://docs.example/{id}/llms.txt?tokens=10000',
  find: 'https://docs.example/text?of={id}&v=1',
};

it.each([
  ['context7:/vendor/lib', 'https://docs.example/vendor/lib/llms.txt?tokens=10000'],
  ['context7:vendor/lib', 'https://docs.example/vendor/lib/llms.txt?tokens=10000'],
  ['CONTEXT7:/vendor/lib/', 'https://docs.example/vendor/lib/llms.txt?tokens=10000'],
  ['context7:/a b/c?d#e&f', 'https://docs.example/a%20b/c%3Fd%23e%26f/llms.txt?tokens=10000'],
  ['context7:/a%20b/%2e%2e%2fc', 'https://docs.example/a%20b/..%2Fc/llms.txt?tokens=10000'],
  ['context7:/100%/é', 'https://docs.example/100%25/%C3%A9/llms.txt?tokens=10000'],
  ['context7:/$&/$1', 'https://docs.example/%24%26/%241/llms.txt?tokens=10000'],
  ['find:/a/b&c=d', 'https://docs.example/text?of=a%2Fb%26c%3Dd&v=1'],
])('%s', (url, expected) => {
  expect(expandTemplate(url, templates)).toBe(expected);
});

it.each([
  'context7:',
  'context7:/',
  'context7:/a//b',
  'context7:/../x',
  'context7:/a/%2e%2e/b',
  'context7:/a\\b',
  'context7:/a%00',
])('%s is no identifier', (url) => {
  expect(() => expandTemplate(url, templates)).toThrow(Refusal);
});

it('other schemes are not templates, even those that every object has', () => {
  for (const url of ['https://a/', 'constructor:/a', '__proto__:/a', 'a', ''])
    expect(expandTemplate(url, templates)).toBeNull();
});

it('the address that comes out is fetched like any other', async () => {
  const { site } = await visited();
  const own = { docs: `${site.url}/{id}/llms.txt`, inside: 'http://127.0.0.9/{id}' };
  const { sources } = await visited({ templates: own, ports: [80, site.port] });
  site.set('/vendor/lib/llms.txt', { body: '# Lib\n\nText', headers: { 'content-type': 'text/plain' } });
  const get = (url: string) => sources.fetch({ url, etag: null, lastModified: null }, never);
  expect(await get('docs:/vendor/lib')).toMatchObject({ kind: 'page', title: 'Lib', text: '# Lib\n\nText' });
  expect(await get('inside:/a')).toMatchObject({ kind: 'refused', name: 'address_refused' });
  expect(await get('unknown:/a')).toMatchObject({ kind: 'refused', name: 'url_refused' });
});
