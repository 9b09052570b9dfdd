import type { AccessRequest } from '../../../session/access.ts';
import type { NamedWay, Way } from '../choosing/choice.ts';

/** A way without TLS and what takes its place with it, for who speaks a protocol, as sessions call it. */
interface WayPair {
  readonly protocol: string;
  readonly plain: Way;
  readonly secure: Way;
}

const asf: WayPair = { protocol: 'asf-http', plain: 'asf-http', secure: 'asf-https' };
const push: WayPair = { protocol: 'mmsh', plain: 'mmsh-push', secure: 'mmsh-push-tls' };

/** One more protocol of players is one more entry. */
const pairs: readonly WayPair[] = [
  { protocol: 'rtmp', plain: 'rtmp', secure: 'rtmps' },
  { protocol: 'rtmpt', plain: 'rtmp', secure: 'rtmps' }, // relays are not asked whether they speak it
  { protocol: 'http-flv', plain: 'http-flv', secure: 'https-flv' },
  { protocol: 'ws-flv', plain: 'ws-flv', secure: 'wss-flv' },
  asf,
  { protocol: 'mmsh', plain: 'mmsh', secure: 'asf-https' },
  push,
];

/** How somebody has come who is to be sent on. */
export type Comer = Pick<AccessRequest, 'verb' | 'protocol' | 'isTls' | 'follows'>;

/** By which ways somebody may go on, preferred first: never from TLS to none. */
export function waysFrom(comer: Comer): readonly Way[] {
  const found = pairFor(comer);
  if (found === undefined) return [];
  return comer.isTls ? [found.secure] : [found.plain, found.secure];
}

function pairFor({ verb, protocol, follows }: Comer): WayPair | undefined {
  if (protocol !== 'mmsh') return pairs.find((pair) => pair.protocol === protocol);
  if (verb === 'publish') return push;
  return pairs.find((pair) => pair.protocol === (follows === 'http' ? 'asf-http' : protocol));
}

/** By which ways the house itself goes to a relay for somebody whom it brings there: TLS where there is nothing else. */
export function waysForBrought({ protocol }: Pick<Comer, 'protocol'>): readonly Way[] {
  return protocol === 'mmsh' ? [asf.plain, asf.secure] : ['rtmp', 'rtmps'];
}

/** By which ways somebody may go who has asked for this one: a relay may have TLS only. */
export function waysLike(way: NamedWay, verb: 'play' | 'publish'): readonly Way[] {
  const found = pairs.find(
    ({ plain }) => plain === (way === 'mmsh' && verb === 'publish' ? push.plain : way),
  );
  return found === undefined ? [way] : [found.plain, found.secure];
}

/** How somebody speaks who goes by a way. */
export function speaking(way: Way): { readonly protocol: string; readonly isTls: boolean } {
  const found = pairs.find(({ plain, secure }) => way === plain || way === secure);
  return { protocol: found?.protocol ?? '', isTls: found?.plain !== way };
}
