import { isIP } from 'node:net';
import { NetworkList, networkProblem, normalizeAddress } from './networks.ts';
import { innerAddress, specialKind } from './special-addresses.ts';

interface NamedHost {
  /** In lower case; with a dot in front it stands for all names below it. */
  readonly name: string;
  readonly port: number | undefined;
}

interface Networks {
  readonly networks: NetworkList;
  readonly port: number | undefined;
}

/** Hosts that may be connected to: names, `*.example.org`, networks, and hosts with a port, as `admin.hosts` has them. */
export class HostList {
  readonly #names: readonly NamedHost[];
  readonly #networks: readonly Networks[];

  constructor(entries: readonly string[]) {
    const read = entries.map(readEntry);
    this.#names = read.filter((entry) => 'name' in entry);
    this.#networks = read.filter((entry) => 'networks' in entry);
  }

  /** Whether a host is listed by its name. */
  hasName(host: string, port: number): boolean {
    const name = nameOf(host);
    return this.#names.some(
      (one) =>
        (one.port ?? port) === port &&
        (one.name.startsWith('.') ? name.endsWith(one.name) : name === one.name),
    );
  }

  /** Whether an address is in a listed network, or the one of IPv4 to which it leads. */
  hasAddress(address: string, port: number): boolean {
    const inner = innerAddress(address);
    return this.#networks.some(
      ({ networks, port: only }) =>
        (only ?? port) === port &&
        (networks.contains(address) || (inner !== undefined && networks.contains(inner))),
    );
  }

  /**
   * Why an address may not be connected to, behind "it is"; undefined when it may. A name alone opens no address that is special: whoever
   * owns the name could have it stand for any machine next to this one.
   * @param host - the name that it stands for, or the address itself
   */
  objectionTo(
    address: string,
    { host, port }: { readonly host: string; readonly port: number },
  ): string | undefined {
    if (this.hasAddress(address, port)) return undefined;
    const special = specialKind(address);
    if (special !== undefined)
      return `${normalizeAddress(address)} is ${special}, and in no network of admin.hosts`;
    if (isIP(host) === 0 && this.hasName(host, port)) return undefined;
    return `${isIP(host) === 0 ? host : normalizeAddress(address)} is not in admin.hosts`;
  }
}

function readEntry(entry: string): NamedHost | Networks {
  if (networkProblem(entry) === undefined) return { networks: new NetworkList([entry]), port: undefined };
  const [, host = '', digits] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  const address = host.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0) return { networks: new NetworkList([normalizeAddress(address)]), port };
  return { name: nameOf(host.replace(/^\*(?=\.)/, '')), port };
}

/** A name may end with the dot of the root. */
function nameOf(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}
