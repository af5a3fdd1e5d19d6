/**
 * `COPPICE_TEST_VERSIONS="postgres=16.2 weaviate=1.29.0"` lets tests run on other versions of servers than those that are pinned.
 * `npm run test:versions` sets it.
 */
export function testedVersion(server: string, pinned: string): string {
  const given = (process.env.COPPICE_TEST_VERSIONS ?? '').split(' ').map((one) => one.split('='));
  return given.find(([name]) => name === server)?.[1] ?? pinned;
}
