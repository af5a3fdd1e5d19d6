/** The clock of a simulation: nothing passes but what is due, in the order of its time and then of its entry. */
export class Timeline {
  nowMs: number;
  readonly #startMs: number;
  readonly #due: Appointment[] = [];

  constructor(startMs: number) {
    this.#startMs = startMs;
    this.nowMs = startMs;
  }

  get elapsedMs(): number {
    return this.nowMs - this.#startMs;
  }

  in(delayMs: number, act: () => void | Promise<void>): Appointment {
    const appointment: Appointment = { atMs: this.nowMs + Math.max(0, Math.round(delayMs)), act, cancelled: false };
    let at = this.#due.length;
    while (at > 0 && (this.#due[at - 1]?.atMs ?? 0) > appointment.atMs) at -= 1;
    this.#due.splice(at, 0, appointment);
    return appointment;
  }

  /** False when nothing is due any more. */
  async step(): Promise<boolean> {
    const next = this.#due.shift();
    if (next === undefined) return false;
    if (next.cancelled) return true;
    this.nowMs = next.atMs;
    await next.act();
    return true;
  }
}

export interface Appointment {
  readonly atMs: number;
  readonly act: () => void | Promise<void>;
  cancelled: boolean;
}
