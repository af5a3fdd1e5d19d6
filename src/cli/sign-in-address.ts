/** The address that signs in once. The secret is in the fragment, which browsers send to no server and write into no log of one. */
export function signInAddress(baseUrl: string, secret: string): string {
  return `${new URL('/sign-in', baseUrl)}#link=${secret}`;
}
