/** A digest as it is shown to people. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 12);
}
