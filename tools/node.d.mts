export function cacheDir(env?: NodeJS.ProcessEnv, platform?: NodeJS.Platform): string;
export function isNewEnough(version?: string): boolean;
export function findNode(): string;
export function runWithNode(args: readonly string[]): Promise<never>;
