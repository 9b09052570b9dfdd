import { isIPv4 } from 'node:net';
import { normalizeAddress } from './networks.ts';

/** Where a listener listens, and which setting says so. */
export interface ListenPlace {
  /** What is spoken there, such as `rtmp`. */
  readonly protocol: string;
  /** Its number among the listeners of its protocol. */
  readonly index: number;
  /** Dotted path of the setting: `listen.rtmp`, or `listen.rtmp.1` where there are several. */
  readonly setting: string;
  readonly host: string;
  readonly port: number;
}

/** A listener that wants a port that an earlier one has. */
export interface ListenClash<P extends ListenPlace> {
  readonly place: P;
  /** The earlier one. */
  readonly holder: P;
}

/** All listeners of `listen`, in the order of the settings; what is no listener there yet is passed over. */
export function listenPlaces(listen: object): readonly ListenPlace[] {
  const lists: readonly (readonly [string, unknown])[] = Object.entries(listen);
  return lists.flatMap(([protocol, list]) => (Array.isArray(list) ? placesIn(protocol, list) : []));
}

/** Dotted path of a listener's setting, numbered where its protocol has several. */
export function listenerSetting(protocol: string, index: number, count: number): string {
  return `listen.${protocol}${count === 1 ? '' : `.${index}`}`;
}

/** The listeners that cannot listen because of an earlier one, each with the first that is in its way. */
export function listenClashes<P extends ListenPlace>(places: readonly P[]): readonly ListenClash<P>[] {
  return places.flatMap((place, index) => {
    const holder = places.slice(0, index).find((earlier) => clash(place, earlier));
    return holder === undefined ? [] : [{ place, holder }];
  });
}

/** Whether two listeners want the same port of the same address. Port 0 is a free one each time; names are compared as they are. */
export function clash(one: ListenPlace, other: ListenPlace): boolean {
  if (one.port === 0 || one.port !== other.port) return false;
  const [host, otherHost] = [hostOf(one), hostOf(other)];
  return host === otherHost || holds(host, otherHost) || holds(otherHost, host);
}

/** Whether listening on the one address takes the port on the other one, too. */
function holds(host: string, other: string): boolean {
  return host === '::' || (host === '0.0.0.0' && isIPv4(other));
}

/** One text for each address; the same address of two zones is two addresses. */
function hostOf({ host }: ListenPlace): string {
  const [, zone = ''] = host.split('%');
  return normalizeAddress(host).toLowerCase() + (zone && `%${zone}`);
}

/** @param list - perhaps with faults */
function placesIn(protocol: string, list: readonly unknown[]): ListenPlace[] {
  return list.flatMap((listener, index) => {
    const { host, port } = (listener ?? {}) as { readonly host?: unknown; readonly port?: unknown };
    if (typeof host !== 'string' || typeof port !== 'number' || port < 0) return [];
    return [{ protocol, index, setting: listenerSetting(protocol, index, list.length), host, port }];
  });
}
