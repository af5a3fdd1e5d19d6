import { statfsSync } from 'node:fs';

const tooLittleBytes = 1 << 20;

/** The disk that holds the data directory is full. */
export class FullDiskError extends Error {
  override readonly name = 'FullDiskError';
  readonly hint = 'Free some space, or choose a folder on another disk with --data-dir.';
  constructor(folder: string) {
    super(`there is no space left on the disk of ${folder}`);
  }
}

/** Whether a failure in this folder is likely to be due to its disk. A folder that cannot be asked has space. */
export function isDiskFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < tooLittleBytes;
  } catch {
    return false;
  }
}
