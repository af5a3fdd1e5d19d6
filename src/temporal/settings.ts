import { loadClientConfigProfile, loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import type { CodecSource, TemporalConfig } from '../config/config.ts';

/** How to reach the Temporal server: address, TLS, API key, namespace. */
export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
  readonly options: NativeConnectionOptions;
  /** Where the keys come from that payloads are encrypted with; `null`: they are not. */
  readonly codec: CodecSource | null;
}

const defaultNamespace = 'default';

/**
 * Shares profiles and `TEMPORAL_*` variables with the `temporal` CLI; what `coppice.yaml` and flags say comes on top,
 * and a running `up` is used where nothing else says anything. `null`: nobody says where the server is.
 */
export function temporalSettings(config: TemporalConfig, runningAddress: string | null): TemporalSettings | null {
  const profile = config.profile === null ? {} : { profile: config.profile };
  const address = config.address ?? loadClientConfigProfile(profile).address ?? runningAddress;
  if (address === null || address === undefined) return null;
  const { connectionOptions, namespace } = loadClientConnectConfig(profile);
  return {
    address,
    namespace: config.namespace ?? namespace ?? defaultNamespace,
    options: { ...connectionOptions, address },
    codec: config.codec,
  };
}

/** The Temporal server cannot be reached, or nobody said where it is. */
export class TemporalUnavailableError extends Error {
  override readonly name = 'TemporalUnavailableError';
  readonly hint = 'Start one with `coppice up`, or set TEMPORAL_ADDRESS to a server that runs.';
}

/** The settings, where there are any. Throws `TemporalUnavailableError` otherwise. */
export function requireTemporal(settings: TemporalSettings | null): TemporalSettings {
  if (settings !== null) return settings;
  throw new TemporalUnavailableError('no Temporal server is configured and no `coppice up` runs');
}
