import type { Fault, StoreName } from '../fault.ts';
import type { ChaosOptions } from '../options.ts';
import { Tally } from './report.ts';
import { runSeed, type SeedResult } from './run-seed.ts';
import { openWorld, type World } from './world.ts';
import { writeFaults } from './write-docs.ts';

const say = (line: string) => process.stderr.write(`${line}\n`);

/** Plays all seeds on all stores, one after the other. Returns the process's exit code. */
export async function chaos(options: ChaosOptions): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const tally = new Tally();
  for (const store of options.stores) {
    if (!stop.signal.aborted) await playStore(options, store, tally, stop.signal);
  }
  if (options.json) process.stdout.write(`${JSON.stringify(tally.json(), null, 2)}\n`);
  else process.stdout.write(`\n${tally.markdown()}\n`);
  if (options.write) writeFaults(options.seeds.length, tally);
  return tally.differences > 0 || stop.signal.aborted ? 1 : 0;
}

/** What is to be played on a store, in order. */
export function programme(options: Pick<ChaosOptions, 'seeds' | 'faults' | 'everyFault'>, store: StoreName) {
  const own = options.faults.filter((one) => one.stores?.includes(store) ?? true);
  return options.seeds.flatMap((seed) => {
    const turn = own[(seed - 1) % own.length];
    const played = options.everyFault ? own : turn === undefined ? [] : [turn];
    return played.map((fault) => ({ seed, fault }));
  });
}

async function playStore(options: ChaosOptions, store: StoreName, tally: Tally, signal: AbortSignal): Promise<void> {
  const plays = await possible(programme(options, store), tally, store);
  let at = 0;
  for (const [stage, staged] of Map.groupBy(plays, ({ fault }) => fault.stage ?? 'usual')) {
    let world: World | null = null;
    // Ctrl-C: workers and servers go, and their folders; nobody waits for the seed.
    const abort = () => void (world?.close() ?? Promise.resolve()).finally(() => process.exit(130));
    signal.addEventListener('abort', abort, { once: true });
    for (const { seed, fault } of staged) {
      world ??= await openWorld(store, stage);
      const result = await runSeed(world, fault, seed);
      // What was interrupted says nothing.
      if (signal.aborted) return;
      at += 1;
      tally.add(fault, store, result);
      report(`${store} ${at}/${plays.length}  ${fault.name} seed ${seed}`, result);
      if (result.differences.length === 0) continue;
      say(`    again: npm run chaos -- --seed ${seed} --fault ${fault.name} --store ${store}`);
      // Whatever went wrong here must not be laid to the next one.
      await world.close();
      world = null;
    }
    await world?.close();
    signal.removeEventListener('abort', abort);
  }
}

function report(what: string, { injected, elapsedMs, differences }: SeedResult): void {
  const outcome = differences.length === 0 ? 'ok' : 'DIFFERENT';
  say(`${what}: ${injected} faults, ${(elapsedMs / 1000).toFixed(1)} s, ${outcome}`);
  for (const difference of differences) say(`    ${difference}`);
}

/** Leaves out what this machine cannot do, and says so. */
async function possible(plays: readonly { seed: number; fault: Fault }[], tally: Tally, store: StoreName) {
  const reasons = new Map<Fault, string | null>();
  for (const fault of new Set(plays.map((one) => one.fault))) {
    const reason = (await fault.impossible?.()) ?? null;
    reasons.set(fault, reason);
    if (reason === null) continue;
    say(`${store}: ${fault.name} is left out: ${reason}`);
    tally.leaveOut(fault, store, reason);
  }
  return plays.filter(({ fault }) => reasons.get(fault) === null);
}
