import { readNetwork } from '../../../../config/networks.ts';
import { type AddressBits, addressBits, commonBits } from './address-bits.ts';

/** A network that holds an address, and its priority. */
export interface ServedNetwork {
  readonly cidr: string;
  readonly priority: number;
}

/** The networks of one relay: few enough to be looked at one by one. */
export class ServedNetworks {
  readonly #networks: readonly (ServedNetwork & { readonly bits: AddressBits; readonly prefix: number })[];

  /** @param networks - in CIDR notation, without host bits */
  constructor(networks: readonly ServedNetwork[]) {
    const read = networks.flatMap(({ cidr, priority }) => {
      const { address = '', prefix = 0 } = readNetwork(cidr) ?? {};
      const bits = addressBits(address);
      return bits === undefined ? [] : [{ cidr, priority, bits, prefix }];
    });
    this.#networks = read.sort((one, other) => other.priority - one.priority);
  }

  /** The network that counts for an address: of those that hold it one with the highest priority. */
  bestFor(address: AddressBits): ServedNetwork | undefined {
    return this.#networks.find(
      ({ bits, prefix }) => bits.length === address.length && commonBits(bits, address, prefix) === prefix,
    );
  }
}
