/**
 * Networks as a tree of prefixes in which a step is as many bits as all below it have in common: to find those that hold an address
 * takes as many steps as networks hold each other there, however many there are beside.
 */
import { readNetwork } from '../../../../config/networks.ts';
import { type AddressBits, addressBits, bitAt, commonBits } from './address-bits.ts';
import { joinTiers, type Tier } from './tier.ts';

/** Who serves which networks, each with a priority. */
export class NetworkTree<Relay> {
  readonly #ipv4: TreeNode<Relay> = nodeOf([], 0);
  readonly #ipv6: TreeNode<Relay> = nodeOf([], 0);

  /** @param cidr - IPv4 or IPv6, without host bits @throws RangeError where it is no network */
  add(cidr: string, priority: number, relay: Relay): void {
    const network = readNetwork(cidr);
    const bits = addressBits(network?.address ?? '');
    if (network === undefined || bits === undefined) throw new RangeError(`${cidr} is no network`);
    const { served } = this.#place(bits, network.prefix);
    const relays = served.get(priority);
    if (relays === undefined) served.set(priority, new Set([relay]));
    else relays.add(relay);
  }

  /** Who serves an address, by descending priority; nobody where it is none. All networks are to be there by now. */
  tiersOf(address: AddressBits | undefined): readonly Tier<Relay>[] {
    let tiers: readonly Tier<Relay>[] = [];
    if (address === undefined) return tiers;
    let node: TreeNode<Relay> | undefined = address.length === 2 ? this.#ipv4 : this.#ipv6;
    while (node !== undefined && commonBits(node.bits, address, node.length) === node.length) {
      node.tiers ??= joinTiers(tiers, node.served);
      tiers = node.tiers;
      node = node.length === address.length * 16 ? undefined : node.below[bitAt(address, node.length)];
    }
    return tiers;
  }

  #place(bits: AddressBits, length: number): TreeNode<Relay> {
    let node = bits.length === 2 ? this.#ipv4 : this.#ipv6;
    while (node.length < length) {
      const side = bitAt(bits, node.length);
      const next = node.below[side];
      if (next === undefined) {
        node.below[side] = nodeOf(bits, length);
      } else {
        const common = commonBits(next.bits, bits, Math.min(next.length, length));
        if (common < next.length) {
          const fork = nodeOf<Relay>(bits, common);
          fork.below[bitAt(next.bits, common)] = next;
          node.below[side] = fork;
        }
      }
      node = node.below[side] ?? node;
    }
    return node;
  }
}

interface TreeNode<Relay> {
  /** What all below it begin with: the first `length` of these. */
  readonly bits: AddressBits;
  readonly length: number;
  /** Who serves just this network, by priority. */
  readonly served: Map<number, Set<Relay>>;
  readonly below: [TreeNode<Relay> | undefined, TreeNode<Relay> | undefined];
  /** Of the network with all that hold it; made when it is first asked for. */
  tiers: readonly Tier<Relay>[] | undefined;
}

function nodeOf<Relay>(bits: AddressBits, length: number): TreeNode<Relay> {
  return { bits, length, served: new Map(), below: [undefined, undefined], tiers: undefined };
}
