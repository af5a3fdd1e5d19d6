import { createServer, type Socket } from 'node:net';
import type { PGlite } from '@electric-sql/pglite';
import { type EngineClient, EngineTurns } from './engine-turns.ts';
import { MessageSplitter, type WireMessage } from './wire-messages.ts';

export interface WireServerOptions {
  engine: PGlite;
  port: number;
  maxClients: number;
  idleTransactionTimeoutMs: number;
  /** The engine itself broke. */
  onFailure: (error: unknown) => void;
}

export interface WireServer {
  /** Turns new clients away, lets the running statement end, drops all clients and rolls back what they had open. */
  close(): Promise<void>;
}

/** Where the beginning of a statement says whether it is a COPY. */
const COPY_HEAD_BYTES = 4_096;

/** The protocol version 3 of a client that names user and database; the engine has only one of each. */
const STARTUP = Buffer.from('\0\0\0\x29\0\x03\0\0user\0postgres\0database\0postgres\0\0', 'latin1');

/** Serves PGlite to several PostgreSQL clients at once, on loopback TCP only. */
export async function serveWire(options: WireServerOptions): Promise<WireServer> {
  const { engine, port, maxClients } = options;
  const turns = new EngineTurns(engine, options.idleTransactionTimeoutMs, options.onFailure);
  // Asked for once, and given to every client at once: a new connection never waits for another's transaction.
  const greeting = await engine.execProtocolRaw(STARTUP);
  const connections = new Set<Connection>();

  const server = createServer({ noDelay: true }, (socket) => {
    const connection = new Connection(socket, turns, greeting);
    connections.add(connection);
    socket.once('close', () => connections.delete(connection));
    if (connections.size > maxClients) connection.drop(`more than ${maxClients} clients`, '53300');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });

  return {
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await turns.settled();
      for (const connection of connections) connection.drop('the database is shutting down', '57P01');
      await closed;
      await turns.settled();
    },
  };
}

/** The engine cannot wait for data in the middle of a statement: one `COPY … FROM STDIN` would end it for everybody. */
function isCopyIn(type: string, bytes: Buffer): boolean {
  if (type !== 'Q' && type !== 'P') return false;
  const head = bytes.toString('latin1', 5, 5 + COPY_HEAD_BYTES);
  return /(^|\0)\s*copy\s[^\0]*\sfrom\s+stdin\b/i.test(head);
}

class Connection implements EngineClient {
  readonly #socket: Socket;
  readonly #turns: EngineTurns;
  readonly #greeting: Uint8Array;
  readonly #splitter = new MessageSplitter();
  #batch: Buffer[] = [];
  closed = false;

  constructor(socket: Socket, turns: EngineTurns, greeting: Uint8Array) {
    this.#socket = socket;
    this.#turns = turns;
    this.#greeting = greeting;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', () => {}); // 'close' follows
    socket.once('close', () => this.#leave());
  }

  send(data: Uint8Array): void {
    // The engine reuses its output buffer, hence the copy.
    if (!this.closed) this.#socket.write(Buffer.from(data));
  }

  drop(reason: string, sqlState = '25P03'): void {
    const fields = `SFATAL\0VFATAL\0C${sqlState}\0Mterminating connection: ${reason}\0\0`;
    const head = Buffer.from([0x45, 0, 0, 0, 0]);
    head.writeInt32BE(4 + Buffer.byteLength(fields), 1);
    this.send(Buffer.concat([head, Buffer.from(fields)]));
    this.#leave();
    this.#socket.destroySoon();
  }

  #leave(): void {
    if (this.closed) return;
    this.closed = true;
    this.#turns.leave(this);
  }

  #receive(chunk: Buffer): void {
    if (this.closed) return;
    this.#turns.touch(this);
    try {
      for (const message of this.#splitter.push(chunk)) if (!this.closed) this.#handle(message);
    } catch (error) {
      this.drop(error instanceof Error ? error.message : String(error), '08P01');
    }
  }

  #handle(message: WireMessage): void {
    if (message.kind === 'encryption') this.send(Buffer.from('N'));
    else if (message.kind === 'startup') this.send(this.#greeting);
    else if (message.kind === 'cancel') this.#socket.end();
    else if (message.type === 'X') this.#socket.end();
    else if (isCopyIn(message.type, message.bytes)) {
      this.drop('COPY FROM STDIN is not supported by the embedded database', '0A000');
    } else {
      this.#batch.push(message.bytes);
      // Query, function call and Sync end a batch; Flush only asks for what there is so far.
      if ('QFSH'.includes(message.type)) {
        const bytes = Buffer.concat(this.#batch);
        this.#batch = [];
        this.#turns.take({ client: this, bytes, complete: message.type !== 'H' });
      }
    }
  }
}
