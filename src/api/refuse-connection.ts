import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { problemOf, problemType } from './problem.ts';

/** Input that is no HTTP, or whose head is too large, never becomes a request: the refusal is written by hand. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy(error);
  const [status, said] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ([431, { name: 'HeaderTooLargeError', message: 'address and headers are longer than 16 KiB' }] as const)
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ([408, { name: 'RequestTimeoutError', message: 'the request took too long to arrive' }] as const)
        : ([400, { name: 'InvalidRequestError', message: 'this is no HTTP request' }] as const);
  const body = JSON.stringify(problemOf(randomUUID(), status, said));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${problemType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
