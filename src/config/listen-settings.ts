import { z } from 'zod';
import { checkedString, oneOrMany, section, settings } from './setting-schema.ts';

/** Where a listener listens. */
export interface ListenerSettings {
  /** Address or host name to bind, IPv6 without brackets; `::` is every address of both families. */
  readonly host: string;
  /** TCP port, 0 to 65535; 0 picks a free one. */
  readonly port: number;
}

/**
 * The listeners by what they speak, each a list: empty when it is off.
 * In the config null turns one off, an object stands for a list of one, and host and port have defaults.
 */
export interface ListenSettings {
  /** RTMP for publishers, players and relays. */
  readonly rtmp: readonly ListenerSettings[];
  /** HTTP and WebSocket for players and publishers of FLV, and pages. */
  readonly http: readonly ListenerSettings[];
  /** Status page, metrics, health and API. */
  readonly admin: readonly ListenerSettings[];
}

/** The listeners that `--host` is for: those that serve the public, never admin. */
export const publicListeners: readonly (keyof ListenSettings)[] = ['rtmp', 'http'];

/** Schema of `listen`. */
export const listenSettings: z.ZodType<ListenSettings> = section<ListenSettings>({
  rtmp: listener('::', 1935),
  http: listener('::', 8080),
  admin: listener('127.0.0.1', 9935),
});

function listener(host: string, port: number): z.ZodType<readonly ListenerSettings[]> {
  return oneOrMany(
    settings<ListenerSettings>({
      host: checkedString(hostProblem).default(host),
      port: z.int().min(0).max(65_535).default(port),
    }),
  );
}

function hostProblem(host: string): string | undefined {
  const isHost = host.length <= 255 && /^[\w.:%-]+$/.test(host);
  return isHost ? undefined : 'expected a host name or an address without brackets';
}
