import type { Machine } from '../../test/support/networks/machine.ts';

/** Of a classifier: drop, and leave to others. @see Linux `include/uapi/linux/pkt_cls.h` */
const TC_ACT_SHOT = 2;
const TC_ACT_UNSPEC = 0xffffffff;
/** Where a classic BPF program loads a random uint32 from. @see Linux `include/uapi/linux/filter.h` */
const RANDOM_AT = 0xfffff000 + 56;

/** A link between two machines, on which packets can be lost and connections broken. */
export class Wire {
  /** Where the lower machine finds the upper one. */
  readonly address: string;
  readonly #device: string;
  readonly #upper: Machine;
  readonly #lower: Machine;

  /** @param number - 0 to 255, of this one alone */
  constructor(upper: Machine, lower: Machine, number: number) {
    this.address = `10.77.${number}.1`;
    this.#device = `wire${number}`;
    this.#upper = upper;
    this.#lower = lower;
    upper.ip(`link add ${this.#device} type veth peer name ${this.#device} netns ${lower.pid}`);
    for (const [machine, address] of [
      [upper, this.address],
      [lower, `10.77.${number}.2`],
    ] as const) {
      machine.ip(`addr add ${address}/30 dev ${this.#device}`, `link set ${this.#device} up`);
      machine.tc(`qdisc add dev ${this.#device} clsact`);
    }
  }

  /**
   * Has packets get lost both ways, each by chance. A classifier drops them, because not every kernel has netem.
   * @param share - up to 1
   */
  lose(share: number): void {
    const most = Math.floor(share * 0xffffffff);
    const program = `4,32 0 0 ${RANDOM_AT},37 1 0 ${most},6 0 0 ${TC_ACT_SHOT},6 0 0 ${TC_ACT_UNSPEC}`;
    this.#change(`replace dev ${this.#device} egress pref 1 protocol all bpf da bytecode "${program}"`);
  }

  /** Loses nothing any more. */
  heal(): void {
    this.#change(`del dev ${this.#device} egress pref 1`);
  }

  /** Breaks all connections that go over it: both ends hear of it, and can connect again. */
  async cut(): Promise<void> {
    await using ss = this.#lower.run('ss', ['--kill', '--tcp', '--numeric', 'dst', this.address]);
    await ss.output;
  }

  #change(filter: string): void {
    for (const machine of [this.#upper, this.#lower]) machine.tc(`filter ${filter}`);
  }
}
