import { expect, test } from 'vitest';
import { classifyError } from '../../src/operations/classify-error.ts';
import { InstallationNameError, SchedulePrefixError } from '../../src/state/installation/installation-claim.ts';

test.each([new InstallationNameError('a', 'b'), new SchedulePrefixError('a-', 'b-')])(
  '$name is a conflict, with its sentence and what to do',
  (error) => {
    const { name, message, hint } = error;
    expect(classifyError(error)).toEqual({ kind: 'conflict', name, message, hint });
  },
);
