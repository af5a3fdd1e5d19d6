/** Least length of a fetched text, as a share of the text that it would replace. */
export const defaultLeastShare = 0.5;

/**
 * Why a fetched text must not replace the one there is; `null` when it may. A page that has lost most of its text is
 * more often a login form, a notice or an error than news.
 */
export function shrunk(before: string | null, after: string, leastShare = defaultLeastShare): string | null {
  const length = lengthOf(after);
  if (length === 0) return 'the fetched text is empty';
  const earlier = lengthOf(before ?? '');
  if (length >= earlier * leastShare) return null;
  const share = Math.floor((length / earlier) * 100);
  return `the fetched text has ${length} characters, ${share} % of the ${earlier} before`;
}

/**
 * Whether the length that stands need not be looked at closer: no text has more characters than bytes. Mostly this
 * decides, and what stands is not read.
 */
export function longEnough(bytesBefore: number, after: string, leastShare = defaultLeastShare): boolean {
  const length = lengthOf(after);
  return length > 0 && length >= bytesBefore * leastShare;
}

/** White space says nothing: the same page wrapped otherwise has not shrunk. */
function lengthOf(text: string): number {
  return text.replace(/\s+/gu, '').length;
}
