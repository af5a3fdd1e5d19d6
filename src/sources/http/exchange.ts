import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { SourceError } from '../errors.ts';
import { socketError } from './socket-errors.ts';

/** Of an answer's head. Browsers read more; Node's default of 16 KiB is less than some sites send. */
const mostHeadBytes = 65_536;

/** Connections of all fetches. Proxies of the environment are not used: a proxy would resolve names by itself. */
export class Connections {
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;
  readonly #lookup: LookupFunction;
  readonly #headersTimeoutMs: number;

  constructor(options: { lookup: LookupFunction; headersTimeoutMs: number; hostConcurrency: number }) {
    // As many as are in use at once: each that is let go costs its next fetch a connection anew.
    const kept = { keepAlive: true, maxFreeSockets: options.hostConcurrency, timeout: 10_000 };
    this.#http = new HttpAgent(kept);
    this.#https = new HttpsAgent(kept);
    this.#lookup = options.lookup;
    this.#headersTimeoutMs = options.headersTimeoutMs;
  }

  /** One GET, up to the head of its answer. Follows nothing, decompresses nothing. */
  async get(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<IncomingMessage> {
    try {
      return await this.#ask(url, headers, signal);
    } catch (error) {
      // The host closed a connection that was kept open just as it was used again: nothing was asked yet.
      if (!(error instanceof StaleConnection)) throw error;
      return await this.#ask(url, { ...headers, connection: 'close' }, signal);
    }
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  #ask(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<IncomingMessage> {
    const secure = url.protocol === 'https:';
    const options: RequestOptions = {
      ...{ headers, signal, lookup: this.#lookup, agent: secure ? this.#https : this.#http },
      // Bare line feeds and the like, which browsers accept. Here a client reads an answer that concerns nobody else.
      ...{ insecureHTTPParser: true, maxHeaderSize: mostHeadBytes },
    };
    return new Promise((resolve, reject) => {
      const request = secure ? httpsRequest(url, options) : httpRequest(url, options);
      const timer = setTimeout(() => {
        const seconds = this.#headersTimeoutMs / 1000;
        request.destroy(new SourceError('TimeoutError', `${url.hostname} did not answer within ${seconds} s`));
      }, this.#headersTimeoutMs);
      request.once('response', (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      request.on('error', (error) => {
        clearTimeout(timer);
        if (signal.aborted) return reject(signal.reason);
        const stale = request.reusedSocket && 'code' in error && error.code === 'ECONNRESET';
        reject(stale ? new StaleConnection() : socketError(error, url.hostname));
      });
      request.end();
    });
  }
}

class StaleConnection extends Error {}
