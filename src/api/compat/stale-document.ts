import type { GroupJson } from '../../operations/groups/groups.ts';

type Pages = AsyncGenerator<readonly GroupJson[], { readonly complete: boolean }>;

/** The document of stale groups, a page at a time, so that its size is no matter of memory. */
export async function* staleDocument(first: Awaited<ReturnType<Pages['next']>>, pages: Pages): AsyncGenerator<string> {
  yield '{"groups":[';
  let separator = '';
  let page = first;
  while (page.done !== true) {
    if (page.value.length > 0) {
      yield separator + page.value.map((group) => JSON.stringify(group)).join(',');
      separator = ',';
    }
    page = await pages.next();
  }
  yield `],"truncated":${!page.value.complete}}`;
}
