import type { Fault, StoreName } from '../fault.ts';
import type { ChaosOptions } from '../options.ts';
import { Tally } from './report.ts';
import { runSeed } from './run-seed.ts';
import { openWorld } from './world.ts';

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
  if (plays.length === 0) return;
  say(`${store}: starting servers`);
  let world = await openWorld(store);
  // Ctrl-C ends the servers, and with them whatever waits for them.
  const abort = () => void world.close();
  signal.addEventListener('abort', abort, { once: true });
  for (const [at, { seed, fault }] of plays.entries()) {
    const result = await runSeed(world, fault, seed);
    if (signal.aborted) return;
    tally.add(fault, store, result);
    const seconds = (result.elapsedMs / 1000).toFixed(1);
    const outcome = result.differences.length === 0 ? 'ok' : 'DIFFERENT';
    say(
      `${store} ${at + 1}/${plays.length}  ${fault.name} seed ${seed}: ${result.injected} faults, ${seconds} s, ${outcome}`,
    );
    if (result.differences.length === 0) continue;
    for (const difference of result.differences) say(`    ${difference}`);
    say(`    again: npm run chaos -- --seed ${seed} --fault ${fault.name} --store ${store}`);
    if (at + 1 === plays.length) break;
    await world.close();
    world = await openWorld(store);
  }
  signal.removeEventListener('abort', abort);
  await world.close();
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
