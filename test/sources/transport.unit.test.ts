import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { Refusal, SourceError } from '../../src/sources/errors.ts';
import { redirectOf } from '../../src/sources/http/answer.ts';
import { socketError } from '../../src/sources/http/socket-errors.ts';

function redirect(location: string): IncomingMessage {
  const response = new IncomingMessage(new Socket());
  response.statusCode = 302;
  response.headers.location = location;
  return response;
}

it('from https nothing leads to http, and the way up is open', () => {
  expect(() => redirectOf(redirect('http://a.example/'), new URL('https://a.example/'))).toThrow(Refusal);
  expect(redirectOf(redirect('//b.example/x'), new URL('https://a.example/'))?.href).toBe('https://b.example/x');
  expect(redirectOf(redirect('https://a.example/'), new URL('http://a.example/'))?.href).toBe('https://a.example/');
});

const coded = (code: string) => Object.assign(new Error('10.1.2.3 said no'), { code });

it.each([
  ['ECONNREFUSED', SourceError, 'ConnectionError'],
  ['ECONNRESET', SourceError, 'ConnectionError'],
  ['ENOTFOUND', SourceError, 'ConnectionError'],
  ['EAI_AGAIN', SourceError, 'ConnectionError'],
  ['HPE_INVALID_EOF_STATE', SourceError, 'ConnectionError'],
  ['HPE_INVALID_CONSTANT', Refusal, 'unreadable'],
  ['HPE_CR_EXPECTED', Refusal, 'unreadable'],
  ['ETIMEDOUT', SourceError, 'TimeoutError'],
  ['CERT_HAS_EXPIRED', Refusal, 'certificate_refused'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', Refusal, 'certificate_refused'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', Refusal, 'certificate_refused'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', Refusal, 'certificate_refused'],
  ['HPE_HEADER_OVERFLOW', Refusal, 'too_large'],
])('%s is named once', (code, kind, name) => {
  const error = socketError(coded(code), 'docs.example');
  expect(error).toBeInstanceOf(kind);
  expect(error instanceof Refusal ? error.reason : error.name).toBe(name);
  expect(error.message).toContain('docs.example');
  // The driver's words may say where a name leads inside of a network.
  expect(error.message).not.toContain('10.1.2.3');
});

it('of several addresses that all failed the error of the first is reported', () => {
  const error = socketError(new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]), 'docs.example');
  expect(error).toMatchObject({ name: 'ConnectionError', message: expect.stringContaining('ECONNREFUSED') });
});
