/** JSON text of an object with one member more, `content`, which is JSON text already and stays as it is. */
export function withContent(
  members: { readonly [name: string]: unknown; readonly id: string },
  content: string,
): string {
  return `${JSON.stringify(members).slice(0, -1)},"content":${content}}`;
}

/** JSON text of an array whose elements are JSON text. */
export function arrayOfTexts(texts: readonly string[]): string {
  return `[${texts.join(',')}]`;
}
