import { type LookupAddress, type LookupOptions, lookup as lookupByDns } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { HostList } from '../../config/host-list.ts';
import type { Clock } from '../../stream/clock.ts';
import type {
  Connect,
  Proxy as HttpProxy,
  OnConnected,
  ServerAddress,
  ServerConnector,
  UpstreamConnector,
} from './server-connector.ts';

/** A name that is not found in this time may be found later, milliseconds. */
const LOOKUP_MS = 5000;

/** Finds all addresses of a name, as `dns.lookup` does. */
export type LookupAll = (
  name: string,
  options: LookupOptions & { readonly all: true },
  onFound: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Opens connections to listed hosts only, whatever names stand for at that moment: each address is looked at before anything is sent to
 * it. A proxy finds the address by itself, so that by it a host has to be listed by its name, or be an address.
 */
export class GuardedConnector implements UpstreamConnector {
  readonly #connector: ServerConnector;
  readonly #hosts: () => HostList;
  readonly #lookup: LookupAll;

  /** @param hosts - those that are listed now */
  constructor(connector: ServerConnector, hosts: () => HostList, lookup: LookupAll = lookupByDns) {
    this.#connector = connector;
    this.#hosts = hosts;
    this.#lookup = lookup;
  }

  get clock(): Clock {
    return this.#connector.clock;
  }

  proxyFor(host: string): HttpProxy | undefined {
    return this.#connector.proxyFor(host);
  }

  readonly connect: Connect = (to, onDone) => {
    const objection = this.#objectionTo(to);
    if (objection !== undefined) return this.#refuse(objection, onDone);
    return this.#connector.connectBy(to, this.#lookupFor(to), onDone);
  };

  connectProxy(proxy: HttpProxy, to: ServerAddress, onDone: OnConnected): () => void {
    const objection = this.#objectionTo(to);
    return objection === undefined
      ? this.#connector.connectProxy(proxy, to, onDone)
      : this.#refuse(objection, onDone);
  }

  /** Why a host may not be connected to as things are; undefined when it may. Never rejects. */
  async objectionTo(to: ServerAddress): Promise<string | undefined> {
    const objection = this.#objectionTo(to);
    if (objection !== undefined || isIP(to.host) !== 0 || this.proxyFor(to.host) !== undefined)
      return objection;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const notFound = this.#hosts().hasName(to.host, to.port) ? undefined : `${to.host} is not in admin.hosts`;
    const stopWaiting = this.clock.after(LOOKUP_MS, () => resolve(notFound));
    this.#lookup(to.host, { all: true }, (error, addresses) => {
      if (error === null) resolve(this.#sift(to, addresses).objection);
      else resolve(notFound);
    });
    return promise.finally(stopWaiting);
  }

  /** What is known before a name is looked up. */
  #objectionTo(to: ServerAddress): string | undefined {
    const hosts = this.#hosts();
    if (isIP(to.host) !== 0) return hosts.objectionTo(to.host, to);
    if (this.proxyFor(to.host) === undefined || hosts.hasName(to.host, to.port)) return undefined;
    return `${to.host} is not in admin.hosts by its name, and the proxy says nothing of its address`;
  }

  #lookupFor(to: ServerAddress): LookupFunction {
    return (name, options, onFound) => {
      this.#lookup(name, { ...options, all: true }, (error, addresses) => {
        const { allowed, objection = '' } = this.#sift(to, addresses ?? []);
        const [first] = allowed;
        if (error !== null) onFound(error, []);
        else if (first === undefined) onFound(new Error(objection), []);
        else if (options.all) onFound(null, [...allowed]);
        else onFound(null, first.address, first.family);
      });
    };
  }

  /** Which addresses may be connected to; where none may, why. */
  #sift(
    to: ServerAddress,
    addresses: readonly LookupAddress[],
  ): { readonly allowed: readonly LookupAddress[]; readonly objection?: string } {
    const hosts = this.#hosts();
    const objections = addresses.map(({ address }) => hosts.objectionTo(address, to));
    const allowed = addresses.filter((_, index) => objections[index] === undefined);
    return allowed.length > 0
      ? { allowed }
      : { allowed, objection: objections[0] ?? `${to.host} has no address` };
  }

  #refuse(objection: string, onDone: OnConnected): () => void {
    let isWanted = true;
    this.clock.next(() => {
      if (isWanted) onDone(new Error(objection));
    });
    return () => {
      isWanted = false;
    };
  }
}
