/** Loaded into a worker before anything else: shifts its clock, and again at each SIGUSR2. */
const offsets: unknown = JSON.parse(process.env.CHAOS_CLOCK_OFFSETS_MS ?? '[]');
const queue = Array.isArray(offsets) ? offsets.map(Number) : [];
let offsetMs = queue.shift() ?? 0;
process.on('SIGUSR2', () => {
  offsetMs = queue.shift() ?? -offsetMs;
});

const RealDate = Date;
const now = () => RealDate.now() + offsetMs;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, property, receiver) => (property === 'now' ? now : Reflect.get(target, property, receiver)),
});
