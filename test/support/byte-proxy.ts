import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';

/** A store that speaks over TCP, behind a proxy that stops a request on its way. */
export interface ByteProxy {
  readonly port: number;
  /**
   * Resolves when such a request has been held back. Further data of its sender waits behind it; other connections
   * continue.
   */
  hold(request: Wanted): Promise<Held>;
  /** Closes every connection; new ones are accepted at once. A request that is held back is lost. */
  cut(): void;
  stop(): Promise<void>;
}

export interface Wanted {
  /** Text of the request. */
  readonly text: string;
  /** The how-many-eth of them, from 1. */
  readonly nth: number;
}

export interface Held {
  /** Lets the request go on; resolves with the first of the answer. */
  release(): Promise<string>;
}

interface Armed extends Wanted {
  left: number;
  readonly caught: (held: Held) => void;
}

export async function startByteProxy(target: { readonly host: string; readonly port: number }): Promise<ByteProxy> {
  let armed: Armed | null = null;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const store = dial(target);
    for (const [one, other] of [
      [client, store],
      [store, client],
    ] as const) {
      sockets.add(one);
      // The end of one connection ends the other, as without a proxy.
      one
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
    }
    let before = '';
    let queue: Buffer[] | null = null;
    client.on('data', (chunk) => {
      if (queue !== null) return void queue.push(chunk);
      const text = before + chunk.toString('latin1');
      if (armed?.left === 1 && text.includes(armed.text)) {
        const { caught } = armed;
        armed = null;
        queue = [chunk];
        return caught({ release });
      }
      if (armed !== null && text.includes(armed.text)) armed.left -= 1;
      // Of a text that falls on two pieces, what was counted already does not count again.
      before = armed !== null && !text.includes(armed.text) ? text.slice(1 - armed.text.length) : '';
      store.write(chunk);
    });
    store.on('data', (chunk) => client.write(chunk));
    const release = async () => {
      const waiting = queue ?? [];
      queue = null;
      // A server that gave the connection up meanwhile gets the request all the same: it was long under way.
      const to = store.destroyed ? dial(target) : store;
      sockets.add(to);
      const answered = once(to, 'data');
      for (const chunk of waiting) to.write(chunk);
      const [answer] = (await answered) as [Buffer];
      return answer.toString('latin1');
    };
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    port: address.port,
    hold: (request) =>
      new Promise((caught) => {
        armed = { ...request, left: request.nth, caught };
      }),
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
