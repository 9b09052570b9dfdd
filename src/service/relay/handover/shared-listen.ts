import type { ListenerSettings, ListenSettings } from '../../../config/listen-settings.ts';
import type { ListenAddress, PortSharing } from '../../listen/listener.ts';

/** The same places, each to be shared in this way. */
export function sharedListen<S extends ListenSettings>(
  { rtmp, rtmps, http, https, admin }: S,
  sharing: PortSharing,
): ListenSettings {
  const shared = <P extends ListenerSettings>(places: readonly P[]): (P & ListenAddress)[] =>
    places.map((place) => ({ ...place, sharing }));
  return {
    rtmp: shared(rtmp),
    rtmps: shared(rtmps),
    http: shared(http),
    https: shared(https),
    admin: shared(admin),
  };
}
