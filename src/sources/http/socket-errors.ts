import { Refusal, SourceError } from '../errors.ts';

/** Certificates that do not stand: no later try will find another one soon. */
const certificate = /^(CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_SSL_)/;

/** Names what went wrong on the way to a host, once, where it arises. */
export function socketError(error: unknown, host: string): Error {
  if (error instanceof Refusal || error instanceof SourceError) return error;
  const code = codeOf(error);
  if (code === 'ETIMEDOUT') return new SourceError('TimeoutError', `${host} could not be reached in time`);
  if (code === 'ENOTFOUND') return new SourceError('ConnectionError', `the name ${host} is not known`);
  if (certificate.test(code)) return new Refusal('certificate_refused', `${host} has no valid certificate (${code})`);
  if (code === 'HPE_HEADER_OVERFLOW') return new Refusal('too_large', `the head of the answer of ${host} is too large`);
  // The parser's word for a connection that closed early; any other of its words is about what was sent.
  if (code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE' && code !== 'HPE_CLOSED_CONNECTION') {
    return new Refusal('unreadable', `${host} does not answer in valid HTTP (${code})`);
  }
  return new SourceError('ConnectionError', `the connection to ${host} failed (${code})`);
}

/** Where a host has several addresses the error holds one for each; the first with a name of its own says most. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown reason';
}
