/** Why an activity of the sweep stops. The workflow tells them apart by name. */

/** A successor has drawn a newer epoch for the partition: this activity is a leftover, and nothing of its batch stands. */
export class FenceLostError extends Error {
  override readonly name = 'FenceLostError';
  constructor() {
    super('a newer activity has taken the partition over; this batch was not committed');
  }
}

/** The run does not hold its lease any more: it was broken by a person, or taken over. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
  constructor(lease: string) {
    super(`the lease '${lease}' was released or taken over; nothing more is removed. Start a new run to continue`);
  }
}

/** The work belongs to another installation: the worker is pointed at the wrong database or task queue. */
export class WrongInstallationError extends Error {
  override readonly name = 'WrongInstallationError';
  constructor(meant: string, own: string) {
    super(
      `this work belongs to installation ${meant}, but this worker's database is installation ${own}; ` +
        'check DATABASE_URL and the task queue. Nothing was changed',
    );
  }
}

/**
 * This worker is configured otherwise than the one that began the run. It leaves the work to one that fits; the run ends
 * only when none comes.
 */
export class OtherConfigurationError extends Error {
  override readonly name = 'OtherConfigurationError';
  /** `name`: of a collection, or of a section of the configuration, which ends with a colon. */
  constructor(name: string) {
    const what = name.endsWith(':') ? `the section '${name}'` : `collection ${name}`;
    super(
      `${what} is configured otherwise on this worker than on the one that began the run; ` +
        'it leaves the work to a worker with the same coppice.yaml. If there is none any more, start a new run',
    );
  }
}

/** The mapping or the tables' columns are not those of the survey. */
export class MappingChangedError extends Error {
  override readonly name = 'MappingChangedError';
  constructor(collection: string) {
    super(
      `the mapping or the columns of collection ${collection} have changed since the survey; ` +
        'nothing more is removed. Start a new run to survey it anew',
    );
  }
}

/** The run's input is wrong. Carries every problem. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';
  constructor(problems: readonly string[]) {
    super(problems.join('; '));
  }
}

/** An endpoint that the job needs refuses the key, the model or every text: no document is at fault, and none can be done. */
export class EndpointRefusedError extends Error {
  override readonly name = 'EndpointRefusedError';
}

/** The approved rows are not the rows that would be removed now. */
export class ApprovalRefusedError extends Error {
  override readonly name = 'ApprovalRefusedError';
}

/** The run cannot be undone. */
export class UndoRefusedError extends Error {
  override readonly name = 'UndoRefusedError';
}
