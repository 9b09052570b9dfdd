/** A relay of a chain, before it runs. */
export interface RelayPlan {
  /** `studio`, `last`, or the level with a letter, such as `2a`. */
  readonly name: string;
  /** Names of the relays that it pulls from, the preferred one first. */
  readonly upstreams: readonly string[];
  /** Whether it may be gone: nobody but other relays plays there. */
  readonly isReplaceable: boolean;
}

/** A connection that a relay of a chain may pull by. */
export interface LinkPlan {
  /** As in `1a>2a`; the second one between the same two is `studio>1a#2`. */
  readonly name: string;
  readonly upper: string;
  readonly lower: string;
}

/** Where the stream is published, and what it is compared with. */
export const STUDIO = 'studio';
/** Where it is played. */
export const LAST = 'last';

/**
 * Plans a chain: the studio, levels of two relays, and the last hop. Each relay has two upstreams: both relays of the level above,
 * or the studio by two ways. Where nothing has happened the stream comes by the relays `a`.
 * @param hops - levels between the studio and the last hop
 */
export function planChain(hops: number): readonly RelayPlan[] {
  const levels = Array.from({ length: hops }, (_, at) => {
    const above = at === 0 ? [STUDIO, STUDIO] : [`${at}a`, `${at}b`];
    return [
      { name: `${at + 1}a`, upstreams: above, isReplaceable: true },
      { name: `${at + 1}b`, upstreams: above.toReversed(), isReplaceable: true },
    ];
  });
  return [
    { name: STUDIO, upstreams: [], isReplaceable: false },
    ...levels.flat(),
    { name: LAST, upstreams: [`${hops}a`, `${hops}b`], isReplaceable: false },
  ];
}

/** The links of a relay, in the order of its upstreams. */
export function linksOf({ name, upstreams }: RelayPlan): readonly LinkPlan[] {
  return upstreams.map((upper, at) => {
    const isSecond = upstreams.indexOf(upper) < at;
    return { name: `${upper}>${name}${isSecond ? '#2' : ''}`, upper, lower: name };
  });
}
