import { type RelaySettings, relaySettings } from '../../../../config/relay-settings.ts';
import { pathText, shortened } from '../../../../config/setting-schema.ts';
import type { ShareSettings } from '../../../../config/share-settings.ts';
import { faultsOf } from '../../../../config/sources/faults.ts';
import type { FleetSettings } from '../../../fleet-link/house-message.ts';
import { MAX_CHARACTERS } from '../../../fleet-link/link-limits.ts';

/** What a house has given, judged: what of a relay's settings it takes the place of. */
export interface GivenSettings {
  readonly streams: RelaySettings['streams'];
  /** Besides those of the relay's own. */
  readonly shares: readonly ShareSettings[];
  readonly permits: NonNullable<RelaySettings['access']['permits']>;
}

/** A relay cannot go by what its house gives it; the message says what is wrong, without secrets. */
export class GivenSettingsError extends Error {
  override readonly name = 'GivenSettingsError';
}

/** An Ed25519 public key, base64url. */
const PUBLIC_KEY = /^[\w-]{43}$/;

/**
 * Judges what a house gives by the schema of a relay's config: nothing else of that can be given.
 * @param relay - what the relay is called in permits
 * @throws GivenSettingsError
 */
export function judgeGiven({ streams, limits, access }: FleetSettings, relay: string): GivenSettings {
  const { players, sentBitsPerSecond } = limits;
  const isLimited = (players ?? sentBitsPerSecond) !== null;
  const bitsPerSecond = sentBitsPerSecond === null ? null : Math.round(sentBitsPerSecond);
  const config = { streams, limits: { shares: isLimited ? [{ players, bitsPerSecond }] : [] } };
  const read = relaySettings.safeParse(config);
  const faults = read.success
    ? []
    : faultsOf(read.error, relaySettings, config).map(({ path, problem }) => `${pathText(path)}: ${problem}`);
  const { permitKeys: keys, houseOnly: only } = access;
  for (const [id, key] of Object.entries(keys))
    if (!PUBLIC_KEY.test(key))
      faults.push(`access.permitKeys.${id}: expected an Ed25519 public key, base64url`);
  if (!read.success || faults.length > 0)
    throw new GivenSettingsError(shortened(faults.join('; '), MAX_CHARACTERS.problem));
  return { streams: read.data.streams, shares: read.data.limits.shares, permits: { keys, relay, only } };
}

/** A relay's own settings under what its house has given. */
export function underGiven(own: RelaySettings, given: GivenSettings | undefined): RelaySettings {
  if (given === undefined) return own;
  const { streams, shares, permits } = given;
  return {
    ...own,
    streams,
    limits: { ...own.limits, shares: [...own.limits.shares, ...shares] },
    access: { ...own.access, permits },
  };
}
