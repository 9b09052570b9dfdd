import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { type HttpUrl, readMediaUrl } from '../../../../media-url.ts';
import type { ServerAddress } from '../../../../session/upstream/server-connector.ts';
import { LINK_PATH } from '../../../fleet-link/link-limits.ts';

/** Where a house takes links. */
export interface HouseAddress extends ServerAddress {
  /** For the request on a connection that is there already, be it over TLS or not. */
  readonly url: string;
}

/** Reads the URL of a house. @throws TypeError when it is none */
export function houseAddress(url: string): HouseAddress {
  const read = readMediaUrl(url);
  if (typeof read === 'string' || read.protocol === 'rtmp') throw new TypeError('no URL of a house');
  const { host, port, isTls, authority }: HttpUrl = read;
  return { host, port, isTls, url: `ws://${authority}${LINK_PATH}` };
}

/** Finds the addresses behind a name, see `dns.lookup`. */
export type FindAddresses = (
  host: string,
  options: LookupAllOptions,
  onFound: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Looks names up so that each try begins with the next of the addresses behind a name: where one does not answer another may. */
export class AddressTurns {
  readonly #find: FindAddresses;
  #tries = 0;

  constructor(find: FindAddresses = lookup) {
    this.#find = find;
  }

  /** The last try has failed. */
  next(): void {
    this.#tries++;
  }

  readonly lookup: LookupFunction = (host, options, onFound) => {
    this.#find(host, { ...options, all: true }, (error, found) => {
      if (error !== null || found.length === 0) {
        onFound(error ?? new Error(`${host} has no address`), []);
        return;
      }
      const first = this.#tries % found.length;
      const turned = [...found.slice(first), ...found.slice(0, first)];
      if (options.all) onFound(null, turned);
      else onFound(null, turned[0]?.address ?? '', turned[0]?.family);
    });
  };
}
