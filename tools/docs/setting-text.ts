import type { Config } from '../../src/config/config.ts';

/** Meaning of a setting, and its value when it is left out. The generator refuses a setting without an entry here. */
export interface SettingText {
  readonly meaning: string;
  /** Read from the code where it can be. */
  readonly default?: string | ((config: Config) => string);
}

export type SettingTexts = Readonly<Record<string, SettingText>>;
