import type { MarkdownRenderer } from 'vitepress';

/** Shows a link that leads out of `docs` as its text: the files are in the repository, and the site does not know where that is. */
export function linksWithinSite(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('links-within-site', ({ tokens, env }) => {
    const depth = String(env.relativePath ?? '').split('/').length - 1;
    for (const { children } of tokens) {
      let outside = false;
      for (const token of children ?? []) {
        if (token.type === 'link_open') outside = leadsOut(token.attrGet('href') ?? '', depth);
        if (!outside || !token.type.startsWith('link_')) continue;
        token.tag = 'span';
        token.attrs = null;
      }
    }
  });
}

function leadsOut(href: string, depth: number): boolean {
  return href.startsWith('../'.repeat(depth + 1));
}
