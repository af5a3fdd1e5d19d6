import { ConfigError } from '../config/errors.ts';
import type { RunStatus } from '../domain/run.ts';
import { OperationError } from '../operations/errors.ts';

/** Exit codes of the process; documented in `coppice --help` and in docs/cli.md. */
export const exitCodes = { success: 0, failed: 1, usage: 2, held: 3, skipped: 4, partial: 5, busy: 6 } as const;

export const exitCodesHelp = `
Exit codes: 0 success, 1 failed, 2 wrong usage or configuration, 3 held by the brake, 4 skipped (another run holds the
lease), 5 partial (something was given up, refused or not loaded), 6 too many runs wait already.`;

export function exitCodeOfRun(status: RunStatus): number {
  switch (status) {
    case 'success':
    case 'preview':
    case 'pending':
    case 'running':
      return exitCodes.success;
    case 'held':
      return exitCodes.held;
    case 'skipped':
      return exitCodes.skipped;
    case 'partial':
      return exitCodes.partial;
    default:
      return exitCodes.failed;
  }
}

/** From the best to the worst. */
const bySeverity: readonly number[] = [
  exitCodes.success,
  exitCodes.skipped,
  exitCodes.partial,
  exitCodes.held,
  exitCodes.busy,
  exitCodes.usage,
  exitCodes.failed,
];

/** Of several runs the one that matters most: a failure, then a held run, then what was left out. */
export function worstExitCode(codes: readonly number[]): number {
  return bySeverity.findLast((code) => codes.includes(code)) ?? exitCodes.success;
}

/** By name: their modules are loaded only where they can be thrown. */
const usageErrors: ReadonlySet<string> = new Set(['InvalidInputError', 'PluginError']);

export function exitCodeOfError(error: unknown): number {
  if (error instanceof ConfigError) return exitCodes.usage;
  if (error instanceof OperationError && error.kind === 'usage') return exitCodes.usage;
  if (error instanceof OperationError && error.kind === 'busy') return exitCodes.busy;
  return error instanceof Error && usageErrors.has(error.name) ? exitCodes.usage : exitCodes.failed;
}
