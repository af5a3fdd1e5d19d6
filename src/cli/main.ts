import { exitCodes } from './exit-codes.ts';
import { runCommandLine } from './run-command-line.ts';

/** Time that what a command has left open may take to close. */
const lingerMs = 2_000;
let outputLost = false;

// A reader that closes its end (`coppice runs | head -1`) has read enough. Any other failure loses output.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  outputLost = true;
  process.exitCode = exitCodes.failed;
  const reason = error.code === 'ENOSPC' ? 'there is no space left on the device' : String(error.code);
  process.stderr.write(`error: the output cannot be written: ${reason}\n`);
});
process.stderr.on('error', () => {});

const exitCode = await runCommandLine(process.argv.slice(2), process);
process.exitCode = outputLost ? exitCodes.failed : exitCode;
// A driver keeps the connection to a server that never answered, and with it the process of a command that has ended.
setTimeout(() => process.exit(), lingerMs).unref();
