import type { Installation } from '../../support/installation.ts';
import { startWorkerProcess, type WorkerProcess } from '../../support/worker-process.ts';

export interface Member extends WorkerProcess {
  readonly name: string;
  /** Works as all others do: no proxy, no clock or code of its own. */
  readonly plain: boolean;
}

export interface MemberOptions {
  /** On top of the installation's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another build's entry. */
  readonly main?: string;
}

/** The workers of one installation. Plain ones go on from seed to seed, since starting one takes a second or two. */
export class Crew {
  readonly #installation: Installation;
  readonly #members = new Set<Member>();
  readonly #frozen = new Set<Member>();
  #count = 0;

  constructor(installation: Installation) {
    this.#installation = installation;
  }

  /** Those that work: not the frozen ones. */
  get members(): readonly Member[] {
    return [...this.#members].filter((one) => !this.#frozen.has(one));
  }

  get frozen(): readonly Member[] {
    return [...this.#frozen];
  }

  async start(options: MemberOptions = {}): Promise<Member> {
    this.#count += 1;
    const name = `worker-${this.#count}`;
    const { env } = this.#installation;
    const database = new URL(options.env?.DATABASE_URL ?? this.#installation.databaseUrl);
    database.searchParams.set('application_name', name);
    const worker = await startWorkerProcess([], { ...env, ...options.env, DATABASE_URL: database.href }, options.main);
    const member = { ...worker, name, plain: options.env === undefined && options.main === undefined };
    this.#members.add(member);
    return member;
  }

  /** At least one plain worker is at work. */
  async ensure(): Promise<void> {
    if (!this.members.some((one) => one.plain)) await this.start();
  }

  /** One of them, by the seed's choice; starts one where there is none. */
  async any(random: () => number): Promise<Member> {
    const members = this.members;
    return members[Math.floor(random() * members.length)] ?? this.start();
  }

  freeze(member: Member): void {
    this.#frozen.add(member);
    member.signal('SIGSTOP');
  }

  thaw(member: Member): void {
    this.#frozen.delete(member);
    member.signal('SIGCONT');
  }

  async kill(member: Member): Promise<void> {
    this.#members.delete(member);
    this.#frozen.delete(member);
    await member.kill();
  }

  async stop(member: Member): Promise<number | null> {
    this.#members.delete(member);
    this.#frozen.delete(member);
    return member.stop();
  }

  /** Ends all workers at once: those that are not plain, or every one. */
  async dismiss(which: 'odd' | 'all'): Promise<void> {
    const leaving = [...this.#members].filter((one) => which === 'all' || !one.plain);
    await Promise.all(leaving.map((one) => this.kill(one)));
  }
}
