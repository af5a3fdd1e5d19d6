/** Code blocks of a page that say which file they are. */
export interface Block {
  readonly path: string;
  readonly text: string;
}

/** ```` ```ts PATH ```` is a whole file. */
export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(([, path = '', text = '']) => ({ path, text }));
}
