/** What the first bytes of a captured packet are. @see https://www.tcpdump.org/linktypes.html */
export const LinkType = {
  /** Loopback of BSD: the address family in the byte order of the machine. */
  null: 0,
  ethernet: 1,
  /** Raw IP: three numbers for one thing. */
  raw12: 12,
  raw14: 14,
  raw: 101,
  /** Loopback of OpenBSD: the same, big-endian. */
  loop: 108,
  /** Linux cooked, of the device `any`. */
  linuxSll: 113,
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
} as const;
export type LinkType = (typeof LinkType)[keyof typeof LinkType];

/** What Ethernet and its like carry. */
const EtherType = { ipv4: 0x0800, ipv6: 0x86dd } as const;
/** What stands before a VLAN tag: 802.1Q, 802.1ad, and what was used before that. */
const vlanTypes: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100]);
/** More tags than any network puts one behind the other. */
const MAX_VLAN_TAGS = 4;

/** Where the type stands in the header of a link, and where the payload begins. */
const typed: Readonly<Record<number, readonly [typeAt: number, payloadAt: number]>> = {
  [LinkType.ethernet]: [12, 14],
  [LinkType.linuxSll]: [14, 16],
  [LinkType.linuxSll2]: [0, 20],
};

const untyped: Readonly<Record<number, number>> = {
  [LinkType.null]: 4,
  [LinkType.loop]: 4,
  [LinkType.raw12]: 0,
  [LinkType.raw14]: 0,
  [LinkType.raw]: 0,
  [LinkType.ipv4]: 0,
  [LinkType.ipv6]: 0,
};

/** Whether packets of this link type can be read. */
export function isKnownLink(linkType: number): boolean {
  return linkType in typed || linkType in untyped;
}

/** The IP packet in a captured one, a view; undefined where there is none, or the link type is not known. */
export function ipPacketIn(bytes: Buffer, linkType: number): Buffer | undefined {
  const payloadAt = untyped[linkType];
  if (payloadAt !== undefined) return bytes.length > payloadAt ? bytes.subarray(payloadAt) : undefined;
  const places = typed[linkType];
  if (places === undefined) return undefined;
  let [typeAt, at] = places;
  for (let tags = 0; at <= bytes.length; tags++) {
    const type = bytes.readUInt16BE(typeAt);
    if (type === EtherType.ipv4 || type === EtherType.ipv6) return bytes.subarray(at);
    if (!vlanTypes.has(type) || tags === MAX_VLAN_TAGS) return undefined;
    typeAt = at + 2;
    at += 4;
  }
  return undefined;
}
