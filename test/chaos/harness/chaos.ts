import type { Fault, StoreName } from '../fault.ts';
import type { ChaosOptions } from '../options.ts';
import { Tally } from './report.ts';
import { runSeed, type SeedResult } from './run-seed.ts';
import { openWorld, type World } from './world.ts';
import { writeFaults } from './write-docs.ts';

const say = (line: string) => process.stderr.write(`${line}\n`);

/** Plays all seeds, on both stores at the same time: it is mostly waiting. Returns the process's exit code. */
export async function chaos(options: ChaosOptions): Promise<number> {
  const tally = new Tally();
  const worlds = new Set<World>();
  const conclude = () => {
    if (options.json) process.stdout.write(`${JSON.stringify(tally.json(), null, 2)}\n`);
    else process.stdout.write(`\n${tally.markdown()}\n`);
  };
  // Ctrl-C: workers and servers go, and their folders; nobody waits for the seeds at hand.
  const interrupt = () => {
    say('stopping');
    void Promise.allSettled([...worlds].map((world) => world.close())).then(() => {
      conclude();
      process.exit(130);
    });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);
  const endsAt = performance.now() + (options.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  await Promise.all(options.stores.map((store) => playStore({ options, store, tally, worlds, endsAt })));
  conclude();
  if (options.write) writeFaults(options, tally);
  return tally.differences > 0 ? 1 : 0;
}

/** The faults of a store, in order. */
function programme(options: Pick<ChaosOptions, 'seeds' | 'faults' | 'everyFault'>, store: StoreName) {
  const own = options.faults.filter((one) => one.stores?.includes(store) ?? true);
  const plays = options.seeds.flatMap((seed) => {
    const turn = own[(seed - 1) % own.length];
    const played = options.everyFault ? own : turn === undefined ? [] : [turn];
    return played.map((fault) => ({ seed, fault }));
  });
  // One stage after the other, and the small one first: where time is short it is not the one that is left out.
  return plays.toSorted((a, b) => Number(a.fault.stage === undefined) - Number(b.fault.stage === undefined));
}

interface Show {
  readonly options: ChaosOptions;
  readonly store: StoreName;
  readonly tally: Tally;
  /** Worlds that stand, for whoever has to clear them away. */
  readonly worlds: Set<World>;
  /** No seed begins after this. */
  readonly endsAt: number;
}

async function playStore({ options, store, tally, worlds, endsAt }: Show): Promise<void> {
  const plays = await possible(programme(options, store), tally, store);
  let at = 0;
  for (const [stage, staged] of Map.groupBy(plays, ({ fault }) => fault.stage ?? 'usual')) {
    let world: World | null = null;
    const clear = async () => {
      await world?.close();
      if (world !== null) worlds.delete(world);
      world = null;
    };
    for (const { seed, fault } of staged) {
      if (performance.now() > endsAt) break;
      world ??= await openWorld(store, stage);
      worlds.add(world);
      const result = await runSeed(world, fault, seed);
      at += 1;
      tally.add(fault, store, result);
      report(`${store} ${at}/${plays.length}  ${fault.name} seed ${seed}`, result);
      if (result.differences.length === 0) continue;
      say(`    again: npm run chaos -- --seed ${seed} --fault ${fault.name} --store ${store}`);
      // A failure here must not be attributed to the next one.
      await clear();
    }
    await clear();
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
