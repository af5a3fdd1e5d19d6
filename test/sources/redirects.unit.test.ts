import { expect, it, onTestFinished } from 'vitest';
import { type LocalSite, sitePage, startLocalSite } from '../support/local-site.ts';
import { visited } from './support.ts';

const to = (location: string, status = 302) => ({ body: 'moved', status, headers: { location } });

/** Another origin that may be visited too. */
async function secondSite(): Promise<LocalSite> {
  const site = await startLocalSite('127.0.0.2');
  onTestFinished(() => site.stop());
  return site;
}

it.each([301, 302, 303, 307, 308])('%d is followed, relative addresses too', async (status) => {
  const { site, get } = await visited();
  site.set('/old', to('/folder/new?x=1#part', status));
  site.set('/folder/new?x=1', { body: sitePage('a'), etag: '"v1"' });
  expect(await get('/old')).toMatchObject({ kind: 'page', finalUrl: `${site.url}/folder/new?x=1`, etag: '"v1"' });
  expect(await get('/old', { etag: '"v1"' })).toMatchObject({ kind: 'unchanged' });
});

it('a chain is followed to its limit and no further; a circle ends there', async () => {
  const { site, get } = await visited({ maxRedirects: 3 });
  for (let at = 0; at < 5; at++) site.set(`/${at}`, to(`/${at + 1}`));
  site.set('/5', { body: sitePage('a') });
  expect(await get('/2')).toMatchObject({ kind: 'page' });
  expect(await get('/1')).toMatchObject({ kind: 'refused', name: 'redirect_refused' });
  site.set('/circle', to('/circle'));
  const before = site.visits.length;
  expect(await get('/circle')).toMatchObject({ kind: 'refused', name: 'redirect_refused' });
  expect(site.visits.length - before).toBe(4);
});

it.each([
  ['http://127.0.0.1/', 'address_refused'],
  ['http://127.0.0.1:22/', 'url_refused'],
  ['http://169.254.169.254/latest/meta-data/', 'address_refused'],
  ['http://[::ffff:169.254.169.254]/', 'address_refused'],
  ['//0x7f.1/', 'address_refused'],
  ['http://localhost./', 'address_refused'],
  ['http://user@example.org/', 'url_refused'],
  ['file:///etc/passwd', 'url_refused'],
  ['context7:/a/b', 'url_refused'],
  ['http://[', 'redirect_refused'],
])('a redirect to %s is refused', async (location, name) => {
  const way = await secondSite();
  way.set('/', to(location));
  const { site, sources } = await visited({
    ...{ allow: ['127.0.0.2'], ports: [80, 443, way.port], templates: { context7: 'https://example.org/{id}' } },
  });
  const answer = await sources.fetch({ url: way.url, etag: null, lastModified: null }, AbortSignal.timeout(20_000));
  expect(answer).toMatchObject({ kind: 'refused', name });
  expect(way.visits).toHaveLength(1);
  expect(site.visits).toEqual([]);
});

it('another origin gets no validators, and gives none', async () => {
  const other = await secondSite();
  const { site } = await visited();
  const { sources } = await visited({ allow: ['127.0.0.0/8'], ports: [site.port, other.port] });
  site.set('/old', to(`${other.url}/new`));
  other.set('/new', { body: sitePage('a'), etag: '"theirs"' });
  const request = { url: `${site.url}/old`, etag: '"mine"', lastModified: 'then' };
  const answer = await sources.fetch(request, AbortSignal.timeout(20_000));
  expect(answer).toMatchObject({ kind: 'page', finalUrl: `${other.url}/new`, etag: null, lastModified: null });
  expect(site.visits[0]?.headers).toMatchObject({ 'if-none-match': '"mine"', 'if-modified-since': 'then' });
  expect(Object.keys(other.visits[0]?.headers ?? {}).sort()).toEqual([
    ...['accept', 'accept-encoding', 'connection', 'host', 'user-agent'],
  ]);
});

it('a redirect without an address is no page', async () => {
  const { site, get } = await visited();
  site.set('/old', { body: '', status: 302 });
  expect(await get('/old')).toMatchObject({ kind: 'refused', name: 'status_refused' });
});

it('two hosts that redirect to each other do not wait for each other', async () => {
  const other = await secondSite();
  const { site } = await visited();
  const { sources } = await visited({
    ...{ allow: ['127.0.0.0/8'], ports: [site.port, other.port], hostConcurrency: 1, maxRedirects: 4 },
  });
  site.set('/there', to(`${other.url}/back`));
  other.set('/back', to(`${site.url}/there`));
  other.set('/there', to(`${site.url}/back`));
  site.set('/back', to(`${other.url}/there`));
  const fetches = [`${site.url}/there`, `${other.url}/there`, `${site.url}/back`, `${other.url}/back`].map((url) =>
    sources.fetch({ url, etag: null, lastModified: null }, AbortSignal.timeout(30_000)),
  );
  for (const answer of await Promise.all(fetches)) expect(answer).toMatchObject({ name: 'redirect_refused' });
  expect(site.mostAtOnce).toBe(1);
});

const refresh = (content: string) =>
  `<!doctype html><html><head><meta http-equiv="refresh" content="${content}"><title>Moved</title></head><body><p>Redirecting</p>`;

it.each([
  ['0; url=/new?a=1&amp;b=2', '/new?a=1&b=2'],
  ["3;URL='../new/é'", '/new/%C3%A9'],
  ['0,new', '/new'],
  ['1.5 url = /new', '/new'],
])('a page that refreshes to another (%s) is followed, as browsers do', async (content, path) => {
  const { site, get } = await visited();
  site.set('/old', { body: refresh(content), etag: '"stub"' });
  site.set(path, { body: sitePage('a'), etag: '"v1"' });
  // The stub's host would compare these validators with the stub.
  expect(await get('/old', { etag: '"mine"' })).toMatchObject({
    ...{ kind: 'page', finalUrl: `${site.url}${path}`, etag: null, lastModified: null },
  });
  expect(site.visits.map(({ headers }) => headers['if-none-match'])).toEqual(['"mine"', undefined]);
});

it.each([
  ...['30; url=/new', '5', '0; url=/old#part', '0; url=javascript:alert(1)', '0; url=http://['],
  ...['" data-x="0; url=/new'],
])('a page that refreshes to nothing else at once (%s) is read', async (content) => {
  const { site, get } = await visited();
  site.set('/old', { body: refresh(content) });
  expect(await get('/old')).toMatchObject({ kind: 'page', finalUrl: `${site.url}/old`, text: 'Redirecting' });
});

it('a refresh in a comment, a script or for readers without scripts is none', async () => {
  const { site, get } = await visited();
  const tag = '<meta http-equiv=refresh content="0;url=/new">';
  site.set('/old', { body: `<!-- ${tag} --><script>'${tag}'</script><noscript>${tag}</noscript><p>text</p>` });
  expect(await get('/old')).toMatchObject({ kind: 'page', text: 'text' });
});

it('a refresh is checked and counted like a redirect', async () => {
  const { site, get } = await visited({ maxRedirects: 2 });
  site.set('/private', { body: refresh('0; url=http://169.254.169.254/latest') });
  expect(await get('/private')).toMatchObject({ kind: 'refused', name: 'address_refused' });
  for (const at of [0, 1]) site.set(`/${at}`, { body: refresh(`0; url=/${1 - at}`) });
  expect(await get('/0')).toMatchObject({ kind: 'refused', name: 'redirect_refused' });
  expect(site.visits).toHaveLength(4);
});
