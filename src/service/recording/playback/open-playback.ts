import type { RelaySettings } from '../../../config/relay-settings.ts';
import type { StoreLink } from '../../../recording/link/store-link.ts';
import type { RecordedWays } from '../../../session/recorded/recorded-ways.ts';
import type { PlaybackLimits, RecordingSource } from '../../../session/recorded/recording-source.ts';
import type { Clock } from '../../../stream/clock.ts';

/** How recordings are played, by settings that may change. */
export interface Playback extends Pick<RecordedWays, 'deeds' | 'route'> {
  configure(settings: PlayableSettings): void;
}

/**
 * The ways by which recordings are played: loaded for a relay that has any, undefined for any other.
 * @param link - the connection to the store; undefined while there is none
 * @param source - where recordings are in place of a store
 */
export async function openPlayback(
  settings: PlayableSettings,
  clock: Clock,
  link: () => StoreLink | undefined,
  source: RecordingSource | undefined,
): Promise<Playback | undefined> {
  if (settings.recordings === null && source === undefined) return undefined;
  const { RecordedWays } = await import('../../../session/recorded/recorded-ways.ts');
  const { storeSource } = await import('./store-source.ts');
  const ways = new RecordedWays(source ?? storeSource(link), playbackLimits(settings), clock);
  const { deeds, route } = ways;
  return { deeds, route, configure: (now) => ways.configure(playbackLimits(now)) };
}

/** The settings that playing recordings goes by. */
type PlayableSettings = Pick<RelaySettings, 'recordings' | 'fanOut'>;

/** Where the settings have no recordings, what is there is played as by default. */
function playbackLimits({ recordings, fanOut }: PlayableSettings): PlaybackLimits {
  const { tlsOnly = false, maxCacheBytes = DEFAULT_CACHE_BYTES } = recordings?.playback ?? {};
  return { tlsOnly, maxCacheBytes, stallTimeoutMs: fanOut.stallTimeoutMs };
}

const DEFAULT_CACHE_BYTES = 128 * 2 ** 20;
