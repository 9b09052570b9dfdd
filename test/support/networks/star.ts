import { Machine } from './machine.ts';

/** The addresses of the machine in the middle. */
export const CENTRE = { ipv4: '198.51.100.1', ipv6: '2001:db8::1' } as const;

/** The networks of a machine: every address in them is its own, and connections come from the first unless they name one. */
export interface Networks {
  /** With the last part of the address 0, such as `203.0.113.0/24`. */
  readonly ipv4: string;
  /** Ends with `::`, such as `2001:db8:bad::/48`. */
  readonly ipv6?: string;
}

/** A machine in the middle, for a relay, and others around it, each in networks of its own and with no way but to the middle. */
export class Star<Name extends string> implements AsyncDisposable {
  readonly centre: Machine;
  readonly around: Readonly<Record<Name, Machine>>;
  readonly #stack: AsyncDisposableStack;

  private constructor(centre: Machine, around: Readonly<Record<Name, Machine>>, stack: AsyncDisposableStack) {
    this.centre = centre;
    this.around = around;
    this.#stack = stack;
  }

  static async start<Name extends string>(networks: Readonly<Record<Name, Networks>>): Promise<Star<Name>> {
    await using stack = new AsyncDisposableStack();
    const centre = stack.use(await Machine.start());
    centre.ip(`addr add ${CENTRE.ipv4}/32 dev lo`, `addr add ${CENTRE.ipv6}/128 dev lo nodad`);
    const around: Partial<Record<Name, Machine>> = {};
    for (const [index, name] of (Object.keys(networks) as Name[]).entries()) {
      const machine = stack.use(await Machine.start());
      link(centre, machine, index, networks[name]);
      around[name] = machine;
    }
    return new Star(centre, around as Readonly<Record<Name, Machine>>, stack.move());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

function link(centre: Machine, machine: Machine, index: number, { ipv4, ipv6 }: Networks): void {
  const [inner, outer] = [`169.254.${index}.1`, `169.254.${index}.2`];
  const device = `to${index}`;
  centre.ip(
    `link add ${device} type veth peer name eth0 netns ${machine.pid}`,
    `addr add ${inner}/30 dev ${device}`,
    `addr add fe80::1/64 dev ${device} nodad`,
    `link set ${device} up`,
  );
  const own = ipv4.replace(/0\/\d+$/, '1');
  machine.ip(
    `addr add ${outer}/30 dev eth0`,
    'addr add fe80::2/64 dev eth0 nodad',
    'link set eth0 up',
    `addr add ${own}/32 dev lo`,
    `route add local ${ipv4} dev lo`, // every address of the network is its own
    `route add ${CENTRE.ipv4} via ${inner} src ${own}`,
  );
  centre.ip(`route add ${ipv4} via ${outer} src ${CENTRE.ipv4}`);
  if (ipv6 === undefined) return;
  const own6 = ipv6.replace(/::\/\d+$/, '::1');
  machine.ip(
    `addr add ${own6}/128 dev lo nodad`,
    `route add local ${ipv6} dev lo`,
    `route add ${CENTRE.ipv6} via fe80::1 dev eth0 src ${own6}`,
  );
  centre.ip(`route add ${ipv6} via fe80::2 dev ${device} src ${CENTRE.ipv6}`);
}
